import { isIPv4, isIPv6 } from 'node:net';

/** Where something listens. `host` is without the brackets of an IPv6 address. */
export type Endpoint = { readonly host: string; readonly port: number };

const SHAPE = /^tcp:\/\/(?:\[(?<v6>[^\]]*)\]|(?<name>[^\s:/[\]]+)):(?<port>\d{1,5})$/;
const HOST_NAME = /^(?!-)[\w-]{1,63}(?:\.[\w-]{1,63})*\.?$/;
const HOST_NAME_LENGTH_MAX = 253;
const PORT_MAX = 65_535;

/** Addresses that stand for all of a machine's: one can listen there, but nobody can connect. */
const ANYWHERE: readonly string[] = ['*', '0.0.0.0', '::'];

/**
 * The parts of `tcp://HOST:PORT`, or a sentence about what is wrong with it. HOST is an IPv4
 * address, an IPv6 address in brackets, or a name.
 *
 * Checked here because ZeroMQ connects to port 99999, or to a name that is none, without a word.
 */
export function parseEndpoint(endpoint: string): Endpoint | string {
  const found = `found ${JSON.stringify(endpoint)}`;
  const groups = SHAPE.exec(endpoint)?.groups;
  if (!groups) return `${found}, allowed is tcp://HOST:PORT, such as tcp://10.0.0.1:7101`;
  const { v6, name } = groups;
  const host = v6 ?? name ?? '';
  const port = Number(groups['port']);
  if (port < 1 || port > PORT_MAX) return `${found}, but a port is a number from 1 to ${PORT_MAX}`;
  if (ANYWHERE.includes(host)) {
    return `${found}, but nobody can connect to ${host}: name an address or a host that the others reach`;
  }
  if (v6 === undefined ? !isHost(host) : !isIPv6(v6)) {
    return `${found}, but ${JSON.stringify(host)} is neither an address nor the name of a host`;
  }
  return { host, port };
}

/** A sentence about what is wrong with `endpoint`, or null. */
export function endpointProblem(endpoint: string): string | null {
  const parsed = parseEndpoint(endpoint);
  return typeof parsed === 'string' ? parsed : null;
}

function isHost(host: string): boolean {
  // what looks like an address must be one: no name ends in a number
  if (/(?:^|\.)\d+\.?$/.test(host)) return isIPv4(host);
  return host.length <= HOST_NAME_LENGTH_MAX && HOST_NAME.test(host);
}
