import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Edit, planted } from './mutant.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const COPIED = [
  'config',
  'lib',
  'streams',
  'test',
  'examples',
  'bench',
  'package.json',
  'tsconfig.json',
];
/** What a bug leaves unused is no reason not to build it. */
const FORGIVING = [
  '--noUnusedLocals',
  'false',
  '--noUnusedParameters',
  'false',
  '--allowUnreachableCode',
  'true',
];

/** A copy of the project in a directory of its own, where bugs may be planted. */
export class Scratch {
  readonly path: string;
  readonly #signal: AbortSignal;
  /** What the files held before bugs were planted in them. */
  readonly #originals = new Map<string, string>();

  private constructor(path: string, signal: AbortSignal) {
    this.path = path;
    this.#signal = signal;
  }

  /** @param signal ends what is running in the copy; removing it is left to the caller. */
  static async make(signal: AbortSignal): Promise<Scratch> {
    const path = await mkdtemp(join(tmpdir(), 'raftmq-mutants-'));
    for (const name of COPIED) await cp(join(PROJECT, name), join(path, name), { recursive: true });
    await symlink(join(PROJECT, 'node_modules'), join(path, 'node_modules'));
    return new Scratch(path, signal);
  }

  /** @throws {Error} if an edit does not fit its file; then nothing is changed. */
  async plant(edits: readonly Edit[]): Promise<void> {
    const changed = new Map<string, string>();
    for (const edit of edits) {
      const text = changed.get(edit.file) ?? (await readFile(join(this.path, edit.file), 'utf8'));
      if (!this.#originals.has(edit.file)) this.#originals.set(edit.file, text);
      changed.set(edit.file, planted(text, edit));
    }
    for (const [file, text] of changed) await writeFile(join(this.path, file), text);
  }

  async revert(): Promise<void> {
    for (const [file, text] of this.#originals) await writeFile(join(this.path, file), text);
    this.#originals.clear();
  }

  /** @throws {Error} with what the compiler says, if it says anything. */
  async build(): Promise<void> {
    const tsc = join(this.path, 'node_modules', '.bin', 'tsc');
    const options = { cwd: this.path, signal: this.#signal };
    const child = spawn(tsc, ['-p', 'tsconfig.json', ...FORGIVING], options);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`does not compile:\n${said}`);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
