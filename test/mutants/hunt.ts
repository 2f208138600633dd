import { parseArgs } from 'node:util';
import { type Finding, HUNTERS } from './hunters.ts';

/**
 * One hunter against the program as it is built here, usually with a bug in it:
 *
 *     node dist/test/mutants/hunt.js cores --seconds 30 --first-seed 1
 *
 * Prints one line of JSON, a Caught, as the last thing before it ends.
 */
export type Caught = {
  readonly killed: boolean;
  /** Processor time of the whole process, both kinds. */
  readonly cpuMs: number;
} & Partial<Finding>;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '30' },
    'first-seed': { type: 'string', default: '1' },
  },
});
const [name = ''] = positionals;
const load = HUNTERS[name];
if (!load) throw new Error(`no hunter is called ${name}: ${Object.keys(HUNTERS).join(', ')}`);

const finding = await found();
const { user, system } = process.cpuUsage();
const caught: Caught = {
  killed: finding !== null,
  ...finding,
  cpuMs: Math.round((user + system) / 1000),
};
process.stdout.write(`${JSON.stringify(caught)}\n`, () => process.exit(0));

/** A mutant that throws where nobody expects it is found as well. */
async function found(): Promise<Finding | null> {
  try {
    const hunt = await load?.();
    const seconds = Number(values.seconds);
    return (await hunt?.({ firstSeed: Number(values['first-seed']), seconds })) ?? null;
  } catch (error) {
    return { kind: 'crash', rule: String(error) };
  }
}
