import { endpointProblem } from '../kit/endpoint.ts';
import { ConfigError } from '../kit/errors.ts';

/**
 * The endpoints, each once.
 *
 * @throws {ConfigError} naming every one that cannot be used, or if there is none.
 */
export function checkEndpoints(endpoints: readonly string[]): readonly string[] {
  const problems = endpoints.flatMap((endpoint) => endpointProblem(endpoint) ?? []);
  if (endpoints.length === 0) problems.push('none given, name at least one node to connect to');
  if (problems.length > 0) throw new ConfigError(problems.map((what) => `endpoints: ${what}`));
  return [...new Set(endpoints)];
}
