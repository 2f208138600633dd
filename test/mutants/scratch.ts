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
const CHECKED = {
  extends: './tsconfig.json',
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    allowUnreachableCode: true,
    noEmit: true,
  },
};
/** Only what the hunters need, and fast. */
const BUILT = {
  extends: './tsconfig.json',
  compilerOptions: { noCheck: true, declaration: false, sourceMap: false },
  include: ['test/mutants/hunt.ts'],
};

/** A copy of the project in a directory of its own, where bugs may be planted. */
export class Scratch {
  readonly path: string;
  /** What the files held before bugs were planted in them. */
  readonly #originals = new Map<string, string>();

  private constructor(path: string) {
    this.path = path;
  }

  /** Removing it is left to the caller. */
  static async make(): Promise<Scratch> {
    const path = await mkdtemp(join(tmpdir(), 'raftmq-mutants-'));
    for (const name of COPIED) await cp(join(PROJECT, name), join(path, name), { recursive: true });
    await symlink(join(PROJECT, 'node_modules'), join(path, 'node_modules'));
    return new Scratch(path);
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

  /** Checks the types of all there is. @throws {Error} with what the compiler says, if anything. */
  check(): Promise<void> {
    return this.#compile(CHECKED);
  }

  /** Builds what hunters run, without a look at its types. */
  build(): Promise<void> {
    return this.#compile(BUILT);
  }

  async #compile(config: object): Promise<void> {
    const file = join(this.path, 'tsconfig.mutant.json');
    await writeFile(file, JSON.stringify(config));
    const tsc = join(this.path, 'node_modules', '.bin', 'tsc');
    // Never cut short: a compiler that goes on in the background would write into a removed copy.
    const child = spawn(tsc, ['-p', file], { cwd: this.path });
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
