import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { version } from '../../lib/kit/version.ts';
import { PARTS, type Part, type Report } from './parts.ts';

/**
 * Proves all there is to prove, for about so many minutes, and writes down what came of it:
 *
 *     npm run proof -- --minutes 60 --out proof.md
 *
 * Ends with 1 if anything broke a rule, or a planted bug was not found.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    out: { type: 'string', default: 'proof.md' },
  },
});

/** A part that does not end by itself is ended after so many times its share. */
const PATIENCE = 4;

type Proved = {
  readonly part: Part;
  readonly command: string;
  readonly seconds: number;
  readonly code: number | null;
  readonly report: Report;
};

const seconds = Number(values.minutes) * 60;
if (!(seconds > 0)) {
  process.stderr.write(`--minutes ${values.minutes}: allowed is a number above 0\n`);
  process.exit(2);
}
const proved: Proved[] = [];
for (const part of PARTS) {
  process.stdout.write(`${part.name}: ${part.shows} …\n`);
  const done = await prove(part, Math.max(5, Math.round(seconds * part.share)));
  proved.push(done);
  process.stdout.write(`${verdictOf(done)} in ${Math.round(done.seconds)} s\n`);
  writeFileSync(values.out, told());
}
process.stdout.write(`${values.out} tells all of it\n`);
process.exitCode = proved.every(({ code }) => code === 0) ? 0 : 1;

/** Runs one part. What it prints besides JSON is passed on. */
async function prove(part: Part, share: number): Promise<Proved> {
  const argv = part.argv(share);
  const startedMs = performance.now();
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const patience = setTimeout(() => child.kill('SIGTERM'), share * PATIENCE * 1000);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(patience);
  const command = `node ${argv.join(' ')}`;
  return {
    part,
    command,
    seconds: (performance.now() - startedMs) / 1000,
    code,
    report: parsed(output),
  };
}

function parsed(output: string): Report {
  try {
    return JSON.parse(output) as Report;
  } catch {
    // A program that broke off has said why on standard error; its exit code tells that it did.
    return { output: output.slice(-2000) };
  }
}

function verdictOf({ code }: Proved): string {
  return code === 0 ? 'holds' : `FAILED (exit code ${code})`;
}

/** The report, in Markdown. */
function told(): string {
  const [cpu] = cpus();
  const rows = proved.map((done) => {
    const { part, command } = done;
    const figures = JSON.stringify(part.figures(done.report), null, 2);
    return `## ${part.name}: ${verdictOf(done)}

${part.shows}; ${Math.round(done.seconds)} s

    ${command}

\`\`\`json
${figures}
\`\`\`
`;
  });
  return `# Proof of raftmq ${version()}

${new Date().toISOString()}, Node.js ${process.version}, ${process.platform}, ${cpus().length} × ${cpu?.model}

${rows.join('\n')}`;
}
