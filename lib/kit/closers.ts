/** What was opened, to be closed in the opposite order. */
export class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];

  /** @returns `opened`, which `close` will close. */
  add<T extends { close(): Promise<void> | void }>(opened: T): T {
    this.#closers.push(() => opened.close());
    return opened;
  }

  /** Closes everything, the last opened first. Doing it again does nothing. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}
