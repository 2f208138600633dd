import { type Fault, packFault, unpackFault } from './fault.ts';

/** A question to the other end of a line, and the answer to it. */
export type CallLetter =
  | {
      readonly kind: 'Call';
      readonly id: number;
      readonly name: string;
      readonly argument: unknown;
    }
  | {
      readonly kind: 'Return';
      readonly id: number;
      readonly value: unknown;
      readonly fault: Fault | null;
    };

/** What can be called at one end, by name. Arguments and results are plain data. */
export type Callable = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

type Argument<There extends Callable, Name extends keyof There> = Parameters<There[Name]>[0];
type Result<There extends Callable, Name extends keyof There> = ReturnType<There[Name]>;

type Waiting = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: Error) => void;
};

/**
 * Calls from one end of a line to the other, in both directions. What is thrown there is thrown here,
 * as the error it is. If the line ends nobody hears any more of what was called.
 */
export class Calls<There extends Callable> {
  readonly #send: (letter: CallLetter) => void;
  readonly #here: Callable;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  /** @param here what the other end may call. */
  constructor(send: (letter: CallLetter) => void, here: Callable) {
    this.#send = send;
    this.#here = here;
  }

  call<Name extends string & keyof There>(
    name: Name,
    argument: Argument<There, Name>,
  ): Result<There, Name> {
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#send({ kind: 'Call', id, name, argument });
    return answer as Result<There, Name>;
  }

  take(letter: CallLetter): void {
    if (letter.kind === 'Return') return this.#onReturn(letter);
    const { id, name, argument } = letter;
    const answer = (value: unknown, fault: Fault | null): void =>
      this.#send({ kind: 'Return', id, value, fault });
    this.#do(name, argument).then(
      (value) => answer(value, null),
      (reason: unknown) => answer(null, packFault(reason)),
    );
  }

  async #do(name: string, argument: unknown): Promise<unknown> {
    const work = this.#here[name];
    if (!work) throw new Error(`nothing is called ${name} at this end of the line`);
    return await work(argument as never);
  }

  #onReturn({ id, value, fault }: CallLetter & { readonly kind: 'Return' }): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (fault) waiting?.reject(unpackFault(fault));
    else waiting?.resolve(value);
  }
}
