import { ConfigError } from '../kit/errors.ts';

const SHAPE = /^(?:tcp:\/\/(?:\[[\da-fA-F:.%]+\]|[^\s:/]+):(\d{1,5})|(?:ipc|inproc):\/\/\S+)$/;

/** What is wrong with `endpoint`, or null. ZeroMQ itself connects to nonsense without a word. */
export function endpointProblem(endpoint: unknown): string | null {
  const match = typeof endpoint === 'string' ? SHAPE.exec(endpoint) : null;
  const port = match?.[1];
  if (match !== null && (port === undefined || (Number(port) > 0 && Number(port) < 65536))) {
    return null;
  }
  return `${JSON.stringify(endpoint)} is not an endpoint: write it as tcp://HOST:PORT, with a port from 1 to 65535`;
}

/**
 * The endpoints, each once.
 *
 * @throws {ConfigError} naming every one that cannot be used, or if there is none.
 */
export function checkEndpoints(endpoints: readonly string[]): readonly string[] {
  const problems = endpoints.flatMap((endpoint) => endpointProblem(endpoint) ?? []);
  if (endpoints.length === 0) problems.push('no endpoints: name at least one node to connect to');
  if (problems.length > 0) throw new ConfigError(problems);
  return [...new Set(endpoints)];
}
