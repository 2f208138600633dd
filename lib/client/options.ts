import { ConfigError } from '../kit/errors.ts';
import { checkEndpoints } from './endpoint.ts';
import { isTimeout, timeoutProblem } from './request.ts';

export type ClientOptions = {
  /** Client endpoints of some nodes, or better of all: `tcp://HOST:PORT`. */
  readonly endpoints: readonly string[];
  /** Deadline of every request that does not bring its own, in ms (5000). */
  readonly timeoutMs?: number;
  /** Most unanswered requests (16384). One more is rejected with TOO_MANY_PENDING. */
  readonly pendingMax?: number;
  /** Most bytes that they hold (64 MiB). One that would exceed it is rejected likewise. */
  readonly pendingBytesMax?: number;
  /**
   * Largest request (16 MiB). A larger one is rejected with TOO_LARGE: nodes refuse what is over
   * their own limit, but end the connection for what is far over it.
   */
  readonly requestBytesMax?: number;
  /** A node that does not answer for so long, in ms (1000), is not asked until it does. */
  readonly silenceMs?: number;
  /**
   * False: connects to `endpoints` only, whoever the members of the cluster are (true: follows them
   * as they come and go, so that it survives the end of all nodes it was started with).
   */
  readonly follow?: boolean;
  /**
   * False: writes stand in no session (true). Then one whose outcome is unknown is never sent twice,
   * and each of them is a little cheaper.
   */
  readonly session?: boolean;
};

/**
 * The options, with what is left out.
 *
 * @throws {ConfigError} naming every one that cannot be used.
 */
export function checked(options: ClientOptions) {
  const settings = {
    timeoutMs: options.timeoutMs ?? 5000,
    pendingMax: options.pendingMax ?? 16_384,
    pendingBytesMax: options.pendingBytesMax ?? 64 * 1024 * 1024,
    requestBytesMax: options.requestBytesMax ?? 16 * 1024 * 1024,
    silenceMs: options.silenceMs ?? 1000,
    follow: options.follow ?? true,
    session: options.session ?? true,
  };
  const { timeoutMs, silenceMs, pendingMax, pendingBytesMax, requestBytesMax } = settings;
  const problems: string[] = [];
  for (const [name, ms] of Object.entries({ timeoutMs, silenceMs })) {
    if (!isTimeout(ms)) problems.push(timeoutProblem(name));
  }
  for (const [name, limit] of Object.entries({ pendingMax, pendingBytesMax, requestBytesMax })) {
    if (!Number.isInteger(limit) || limit < 1)
      problems.push(`${name} must be an integer, at least 1`);
  }
  if (typeof settings.session !== 'boolean') problems.push('session must be true or false');
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...settings, endpoints: checkEndpoints(options.endpoints) };
}
