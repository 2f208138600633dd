import type { Connection } from './connection.ts';
import { RaftmqError } from './error.ts';
import type { Contact, Nodes } from './nodes.ts';
import type { Result } from './request.ts';
import type { Requests } from './requests.ts';

/** After doubt arose, nodes are not asked again for so long. */
const DOUBT_MS = 100;

/**
 * Asks every connected node for its status, now and then and whenever there is doubt. The answers
 * say who leads; a missing one, that the node is silent though its connection stands: ZeroMQ
 * answers for a program that hangs.
 */
export class Probes {
  readonly #nodes: Nodes;
  readonly #requests: Requests;
  readonly #silenceMs: number;
  readonly #told: (rev: number) => void;
  readonly #heardAtMs = new Map<Connection, number>();
  readonly #asking = new Set<Connection>();
  #timer: NodeJS.Timeout | null = null;
  #doubtedAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param silenceMs a node that is asked and says nothing for so long counts as silent.
   * @param told is called with every rev that a node says it has.
   */
  constructor(nodes: Nodes, requests: Requests, silenceMs: number, told: (rev: number) => void) {
    this.#nodes = nodes;
    this.#requests = requests;
    this.#silenceMs = silenceMs;
    this.#told = told;
  }

  open(): void {
    this.#timer = setInterval(() => this.#askAll(), this.#silenceMs);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** A message came from it, whatever it says. */
  heard(connection: Connection): void {
    this.#heardAtMs.set(connection, performance.now());
    if (this.#nodes.heard(connection)) this.#requests.resume();
  }

  /** Something happened that a change of leader would explain. */
  doubt(): void {
    const now = performance.now();
    if (now - this.#doubtedAtMs < DOUBT_MS) return;
    this.#doubtedAtMs = now;
    this.#askAll();
  }

  ask(connection: Connection): void {
    if (this.#timer === null || this.#asking.has(connection)) return;
    this.#asking.add(connection);
    const askedAtMs = performance.now();
    this.#requests
      .submit('status', {}, { timeoutMs: this.#silenceMs }, connection)
      .then(
        (status) => this.#learn(connection, status),
        (reason: unknown) => this.#onNoStatus(connection, askedAtMs, reason),
      )
      .finally(() => this.#asking.delete(connection));
  }

  #askAll(): void {
    for (const connection of this.#nodes.connected()) this.ask(connection);
  }

  #learn(connection: Connection, { node, term, leader, membersIndex, rev }: Result): void {
    if (typeof membersIndex === 'number' && this.#nodes.isNews(membersIndex)) {
      this.#askMembers(connection);
    }
    if (typeof rev === 'number') this.#told(rev);
    if (typeof node !== 'number' || typeof term !== 'number') return;
    this.#nodes.learn(connection, {
      node,
      term,
      leader: typeof leader === 'number' ? leader : null,
    });
  }

  #askMembers(connection: Connection): void {
    this.#requests.submit('members', {}, { timeoutMs: this.#silenceMs }, connection).then(
      ({ members, index, committed }) => {
        // What is not committed may be taken back.
        if (!Array.isArray(members) || typeof index !== 'number' || committed === false) return;
        this.#nodes.adopt(members.filter(isContact), index);
        this.#requests.resume();
      },
      (reason: unknown) => {
        // the next status will say again that there are news
        if (!(reason instanceof RaftmqError)) throw reason;
      },
    );
  }

  /** A refusal is an answer too, and a lost connection is noticed elsewhere. */
  #onNoStatus(connection: Connection, askedAtMs: number, reason: unknown): void {
    if (!(reason instanceof RaftmqError)) throw reason;
    const heardAtMs = this.#heardAtMs.get(connection) ?? Number.NEGATIVE_INFINITY;
    if (reason.code !== 'TIMEOUT' || heardAtMs >= askedAtMs || !connection.up) return;
    this.#nodes.unheard(connection);
    this.#requests.onSilent(connection);
    this.doubt();
  }
}

function isContact(member: unknown): member is Contact {
  if (typeof member !== 'object' || member === null) return false;
  const { id, client } = member as Record<string, unknown>;
  return typeof id === 'number' && typeof client === 'string';
}
