import test from 'ava';
import { nearest } from '../../lib/kit/nearest.ts';

const NAMES = ['start', 'node', 'client', 'raft.heartbeat', 'raft.election', 'data'];

const meant = test.macro({
  exec: (t, word: string, name: string | null) => t.is(nearest(word, NAMES), name),
  title: (_, word, name) => `${JSON.stringify(word)} probably means ${name}`,
});

test(meant, 'strat', 'start');
test(meant, 'nod', 'node');
test(meant, 'Clients', 'client');
test(meant, 'raft.hartbeat', 'raft.heartbeat');
test(meant, 'raft.Heart_Beat', 'raft.heartbeat');
test(meant, 'date', 'data');
test(meant, 'frobnicate', null);
test(meant, '', null);
