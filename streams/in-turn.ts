/** Runs jobs one after another, in the order in which they came. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the job returns, once it has had its turn. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#last.then(job);
    // whoever waits for the job hears of its failure; the next one has its turn all the same
    this.#last = done.catch(() => undefined);
    return done;
  }
}
