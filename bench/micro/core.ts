import type { Input } from '../../lib/core/input.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import type { Settings } from '../../lib/core/settings.ts';
import { begin, type RaftState } from '../../lib/core/state.ts';
import { step } from '../../lib/core/step.ts';
import { assert } from '../../lib/kit/assert.ts';
import { BATCHES, putFrame } from './requests.ts';
import type { Case } from './timing.ts';

export const SETTINGS: Settings = {
  heartbeatMs: 50,
  electionMsMin: 300,
  electionMsMax: 600,
  leaseMs: 270,
  diskStallMs: 2_000,
  inflightMessagesMax: 256,
  inflightBytesMax: 16 << 20,
  messageBytesMax: 2 << 20,
  windowBytesMax: 8 << 20,
  uncommittedBytesMax: 64 << 20,
  keepEntries: 10_000,
};

/** A moment at which every election deadline has passed; time then stands still. */
export const LATER_MS = 1_000;

/**
 * The core alone: the two turns in which the leader of three accepts proposals, and learns that its
 * own disk and both followers have them. Making the entries with their checksums is part of it.
 */
export function coreCases(): readonly Case[] {
  return BATCHES.map((count) => {
    let state = leaderOfThree();
    const proposals = Array.from({ length: count }, (_, i) => ({ token: i, payload: putFrame(i) }));
    const turn = (inputs: readonly Input[]): Outcome => {
      const outcome = step(state, { now: LATER_MS, inputs });
      state = outcome.state;
      return outcome;
    };
    return {
      name: `core: propose and commit ${count}, leader of three`,
      commands: count,
      run: () => {
        const { write } = turn([{ kind: 'Proposed', proposals }]);
        assert(write !== null, 'proposals are stored');
        const { last, term } = write.receipt;
        const message = {
          kind: 'AppendEntriesReply',
          term,
          result: 'matched',
          index: last,
        } as const;
        const { release } = turn([
          write.receipt,
          { kind: 'Received', from: 2, message },
          { kind: 'Received', from: 3, message },
        ]);
        assert(release?.upTo === last, 'what two of three have is committed');
      },
    };
  });
}

export function leaderOfThree(): RaftState {
  const configurations = [{ index: 0, configuration: votersOnly([1, 2, 3]) }];
  const booted = begin({ id: 1, configurations, settings: SETTINGS, seed: 1 });
  const turn = (state: RaftState, ...inputs: readonly Input[]): Outcome =>
    step(state, { now: LATER_MS, inputs });
  const asks = turn(booted, { kind: 'Tick' });
  const preVote = { kind: 'PreVoteReply', term: 1, granted: true } as const;
  const stands = turn(asks.state, { kind: 'Received', from: 2, message: preVote });
  assert(stands.write !== null, 'a candidate stores its own vote');
  const vote = { kind: 'RequestVoteReply', term: 1, granted: true } as const;
  const wins = turn(stands.state, stands.write.receipt, {
    kind: 'Received',
    from: 2,
    message: vote,
  });
  assert(wins.write !== null && wins.view.role === 'leader', 'two of three votes make a leader');
  const message = { kind: 'AppendEntriesReply', term: 1, result: 'matched', index: 1 } as const;
  return turn(
    wins.state,
    wins.write.receipt,
    { kind: 'Received', from: 2, message },
    { kind: 'Received', from: 3, message },
  ).state;
}
