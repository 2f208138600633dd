import { once } from 'node:events';

/** Collected before they are handed over: a line each would be a system call each. */
const BLOCK_CHARACTERS = 64 * 1024;

/**
 * Many lines on standard output, in blocks, and no faster than they are read: however much is printed,
 * little of it is in memory.
 */
export class Output {
  #block = '';

  async line(text: string): Promise<void> {
    this.#block += `${text}\n`;
    if (this.#block.length >= BLOCK_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    const block = this.#block;
    this.#block = '';
    // a reader that has gone ends the process (main.ts)
    if (block !== '' && !process.stdout.write(block)) await once(process.stdout, 'drain');
  }
}
