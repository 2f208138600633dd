import { checkEndpoints } from '../client/endpoint.ts';
import { isTimeout, timeoutProblem } from '../client/request.ts';
import { ConfigError } from '../kit/errors.ts';
import { type Arguments, configOf } from './arguments.ts';

/**
 * Where to connect: what `--endpoints` lists, else that port of every node of the configuration.
 *
 * @throws {ConfigError} if one of them is none, or the configuration cannot be used.
 */
export function endpointsOf(given: Arguments, port: 'client' | 'events'): readonly string[] {
  const listed = given.options['endpoints'];
  if (listed === undefined) return configOf(given).nodes.map((node) => node[port]);
  return checkEndpoints(listed.split(',').map((endpoint) => endpoint.trim()));
}

/**
 * The deadline of each command: `--timeout`, in ms, or nothing.
 *
 * @throws {ConfigError} if it is no such number.
 */
export function timeoutOf({ options }: Arguments): { readonly timeoutMs?: number } {
  const { timeout } = options;
  if (timeout === undefined) return {};
  if (isTimeout(Number(timeout))) return { timeoutMs: Number(timeout) };
  throw new ConfigError([`--timeout ${timeout}: ${timeoutProblem('it')}`]);
}
