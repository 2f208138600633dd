import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** The binary with these arguments, stopped with the test at the latest. */
export function raftmq(t: ExecutionContext, ...argv: string[]) {
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [MAIN, ...argv], { env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  t.teardown(() => child.kill('SIGKILL'));
  return {
    child,
    /** Types `input` and waits for the end. */
    async ended(input?: string) {
      if (input !== undefined) child.stdin.end(input);
      const [code] = await closed;
      return { code, stdout, stderr, lines: stdout.split('\n').slice(0, -1) };
    },
    /** Waits until standard output holds `text`. */
    async said(text: string): Promise<void> {
      while (!stdout.includes(text)) await once(child.stdout, 'data');
    },
    async complained(text: string): Promise<void> {
      while (!stderr.includes(text)) await once(child.stderr, 'data');
    },
  };
}
