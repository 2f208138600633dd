import test from 'ava';
import type { WatchOptions } from '../../../lib/client/client.ts';
import { checkedWatch } from '../../../lib/client/watch/options.ts';
import { ConfigError } from '../../../lib/kit/errors.ts';

const refuses = test.macro({
  exec(t, options: object, problem: RegExp) {
    t.throws(() => checkedWatch(options as WatchOptions), {
      instanceOf: ConfigError,
      message: problem,
    });
  },
  title: (_, options) => `${JSON.stringify(options).slice(0, 60)} is refused by name`,
});

test(refuses, { prefix: 'a', key: 'a' }, /key: not together with prefix/);
test(refuses, { key: '' }, /key must not be empty/);
test(refuses, { prefix: 5 }, /prefix must be a string/);
test(refuses, { prefix: 'x'.repeat(1025) }, /at most 1024 bytes/);
test(refuses, { key: '\ud800' }, /key must be a string/);
test(refuses, { since: -1 }, /since must be a rev/);
test(refuses, { since: 1.5 }, /since must be a rev/);
test(refuses, { onCompacted: 'ignore' }, /fail or reread/);
test(refuses, { bufferBytes: 0 }, /bufferBytes must be/);

test('left out means: all keys, from now on', (t) => {
  t.like(checkedWatch({}), { prefix: '', key: null, since: null, rereads: false });
});
