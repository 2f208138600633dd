import type { NodeId } from '../../lib/core/types.ts';
import type { Cause } from './act.ts';
import type { Catalogue } from './catalogue.ts';
import type { Names } from './rename.ts';

/** A step of a world is a number: what it is, then which mail, or which server and how. */
export const RECEIVE = 0;
/** Mail arrives, and a copy of it stays on its way. */
export const REPEAT = 1;
/** Mail is lost, and its sender is told so. */
export const DROP = 2;
export const CAMPAIGN = 3;
export const SYNC = 4;
export const RESIGN = 5;
export const BEAT = 6;
export const PROPOSE = 7;
export const CRASH = 8;
/** What the sender of lost mail is told; never a step by itself. */
const LOSE = 9;

const VERB_BITS = 4;
const VERB_MASK = (1 << VERB_BITS) - 1;
const SERVER_BITS = 3;
const SERVER_MASK = (1 << SERVER_BITS) - 1;

export function ofMail(verb: typeof RECEIVE | typeof REPEAT | typeof DROP, mail: number): number {
  return verb | (mail << VERB_BITS);
}

/** @param server its place in a row, from 0. */
export function ofServer(verb: number, server: number, how = 0): number {
  return verb | (server << VERB_BITS) | (how << (VERB_BITS + SERVER_BITS));
}

export function toldLost(server: number, peer: NodeId): number {
  return ofServer(LOSE, server, peer);
}

export function crashOf(server: number, survivors: number, isApplied: boolean): number {
  return ofServer(CRASH, server, survivors * 2 + Number(isApplied));
}

export function verbOf(code: number): number {
  return code & VERB_MASK;
}

export function isOfMail(code: number): boolean {
  return verbOf(code) <= DROP;
}

export function mailOf(code: number): number {
  return code >> VERB_BITS;
}

/** The place of its server, of a step that is not of mail. */
export function serverOf(code: number): number {
  return mailOf(code) & SERVER_MASK;
}

/** The same step where servers are renamed in the given way. */
export function renameCode(code: number, way: number, { mail, names }: Catalogue): number {
  const verb = verbOf(code);
  if (isOfMail(code)) return verb | (mail.renamed(mailOf(code), way) << VERB_BITS);
  const server = (names[way] as Names)[serverOf(code) + 1] as NodeId;
  return ofServer(verb, server - 1, mailOf(code) >> SERVER_BITS);
}

/** What the step is to the server that takes it. */
export function causeOf(code: number, catalogue: Catalogue): Cause {
  const how = mailOf(code) >> SERVER_BITS;
  switch (verbOf(code)) {
    case CAMPAIGN:
      return { kind: 'campaign' };
    case SYNC:
      return { kind: 'sync' };
    case RESIGN:
      return { kind: 'resign' };
    case BEAT:
      return { kind: 'beat' };
    case PROPOSE:
      return { kind: 'propose', value: how };
    case CRASH:
      return { kind: 'crash', survivors: how >> 1, isApplied: (how & 1) === 1 };
    case LOSE:
      return { kind: 'lose', peer: how };
    default:
      return { kind: 'receive', envelope: catalogue.mail.get(mailOf(code)) };
  }
}
