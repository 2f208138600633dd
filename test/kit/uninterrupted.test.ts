import test from 'ava';
import { uninterrupted } from '../../lib/kit/uninterrupted.ts';

test('a call that signals interrupt is made again until it is through', (t) => {
  let calls = 0;
  const result = uninterrupted(() => {
    calls += 1;
    if (calls < 3) throw Object.assign(new Error('Interrupted system call'), { code: 'EINTR' });
    return 'through';
  });
  t.is(result, 'through');
  t.is(calls, 3);
});

test('any other failure is the caller’s', (t) => {
  const failure = Object.assign(new Error('Address in use'), { code: 'EADDRINUSE' });
  const thrown = t.throws(() =>
    uninterrupted(() => {
      throw failure;
    }),
  );
  t.is(thrown, failure);
});
