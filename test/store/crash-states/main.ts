import { parseArgs } from 'node:util';
import { explore, type Report, replay, SETTINGS } from './hunt.ts';
import type { Setting } from './life.ts';
import { OPERATIONS, type Operation } from './operations.ts';

/**
 * Every crash state of every short sequence of operations on the log.
 *
 *     node dist/test/store/crash-states/main.js --operations 4 --seconds 600 --json
 *     node dist/test/store/crash-states/main.js --setting 1 --sequence small,large
 *
 * Exit code 1 if a state does not recover as it must.
 */
const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    /** In this setting only; default in all. */
    setting: { type: 'string' },
    /** Replays this one sequence. */
    sequence: { type: 'string' },
  },
});

const settings = values.setting === undefined ? SETTINGS : [settingOf(values.setting)];
const report = await (values.sequence === undefined
  ? explore({ operations: Number(values.operations), seconds: Number(values.seconds), settings })
  : replay(settings[0] as Setting, operationsOf(values.sequence)));
console.log(values.json ? JSON.stringify(report) : told(report));
if (report.failure !== null) process.exitCode = 1;

function settingOf(number: string): Setting {
  const setting = SETTINGS[Number(number)];
  if (setting === undefined) throw new Error(`settings are 0 to ${SETTINGS.length - 1}`);
  return setting;
}

function operationsOf(text: string): readonly Operation[] {
  const known: readonly string[] = OPERATIONS;
  const operations = text.split(',').filter((name) => name !== '');
  const unknown = operations.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${known.join(', ')}`);
  return operations as Operation[];
}

function told(report: Report): string {
  const { sequences, states, distinct, exhaustiveTo, cpuSeconds, failure } = report;
  const lines = [
    `${sequences} sequences; all of at most ${exhaustiveTo} operations`,
    `${states} crash states, ${distinct} of them different and recovered`,
    `${report.rotten} logs with one fault where a mark covers it`,
    `${cpuSeconds.toFixed(1)} s of CPU, ${report.distinctPerCpuMinute} states a CPU-minute`,
  ];
  if (failure === null) return [...lines, 'none failed'].join('\n');
  const { rule, setting, operations, story } = failure;
  const again = `--setting ${SETTINGS.indexOf(setting)} --sequence "${operations.join(',')}"`;
  return [...lines, `FAILED: ${rule}`, ...story, `again: ${again}`].join('\n');
}
