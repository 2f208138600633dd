import test from 'ava';
import type { Chased } from '../mutants/chase.ts';
import { MUTANTS } from '../mutants/registry.ts';
import { scoreOf, tellChased, tellScore } from '../mutants/report.ts';

const [MUTANT] = MUTANTS as [(typeof MUTANTS)[number]];

function chased(cpuMs: number, outcome: Partial<Chased>): Chased {
  return { mutant: MUTANT, hunters: ['cores'], finding: null, cpuMs, ...outcome };
}

const KILLED: Partial<Chased> = {
  finding: {
    kind: 'invariant',
    rule: 'InvariantViolation: commit never falls; but n1 leads',
    seed: 7,
  },
};
const HUNG: Partial<Chased> = {
  hunters: ['cores', 'sim'],
  finding: { kind: 'liveness', rule: 'nobody leads' },
};

test('the score counts who was killed, by what and by whom, and how long it took', (t) => {
  const score = scoreOf([
    chased(1_000, KILLED),
    chased(3_000, KILLED),
    chased(9_000, HUNG),
    chased(20_000, {}),
    chased(0, { hunters: [] }),
  ]);
  t.deepEqual(score, {
    planted: 4,
    killed: 3,
    survivors: [MUTANT.name],
    unhunted: [MUTANT.name],
    medianCpuSeconds: 3,
    maxCpuSeconds: 9,
    kinds: { invariant: 2, liveness: 1 },
    hunters: { cores: 2, sim: 1 },
  });
  t.deepEqual(tellScore(score), [
    '3 of 4 killed: invariant 2, liveness 1; by cores 2, sim 1',
    'processor time until killed: median 3.0 s, at most 9.0 s',
    `survive: ${MUTANT.name}`,
    'not hunted by anybody: 1',
  ]);
});

test('a line says who found what, a survivor who looked for it', (t) => {
  t.regex(tellChased(chased(1_240, KILLED)), /^e1 .* 1\.2 cores invariant: commit never falls$/);
  t.regex(tellChased(chased(9_000, HUNG)), / 9\.0 sim liveness: nobody leads$/);
  t.regex(tellChased(chased(20_000, {})), / 20\.0 SURVIVES cores$/);
  t.regex(tellChased(chased(0, { hunters: [] })), /nobody hunts here$/);
});
