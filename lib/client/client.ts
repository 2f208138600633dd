import type { Refusal } from '../wire/client.ts';
import { Raw } from '../wire/raw.ts';
import type { Connection } from './connection.ts';
import { RaftmqError } from './error.ts';
import { Nodes } from './nodes.ts';
import type * as Op from './operations.ts';
import { type ClientOptions, checked } from './options.ts';
import { Probes } from './probes.ts';
import { type Arguments, type RequestOptions, type Result, refused } from './request.ts';
import { Requests } from './requests.ts';
import type { Reread, WatchItem } from './watch/item.ts';
import type { Watch, WatchObserver, WatchOptions } from './watch/watch.ts';
import { Watches } from './watch/watches.ts';

export type * from './operations.ts';
export type {
  Arguments,
  ClientOptions,
  RequestOptions,
  Reread,
  Result,
  Watch,
  WatchItem,
  WatchObserver,
  WatchOptions,
};
export { RaftmqError, Raw };

/**
 * Connects to a cluster. Returns at once: connections are made, and made again, in the background,
 * and requests wait for them until their deadline.
 *
 *     const client = connect({ endpoints: ['tcp://127.0.0.1:7201'] });
 *     await client.put('greeting', 'hello');
 *     const { value } = await client.get('greeting');
 *     await client.close();
 *
 * @throws {ConfigError} if an option cannot be used; says which.
 */
export function connect(options: ClientOptions): Client {
  return new Client(options);
}

/**
 * A client of a cluster, through one connection to each of its nodes.
 *
 * Requests go to the leader where it is known, else to any node, which forwards them. All that are
 * made in one trip round the event loop leave in one message, so make many before awaiting any: but
 * those that are not awaited may take effect in any order.
 *
 * What a node provably did not do (no leader, busy, shutting down, …) is tried again, elsewhere or
 * later, until the deadline; so is what nobody answers. Writes stand in a session, so that they take
 * effect once, however often they were sent; without sessions a write whose outcome is unknown is
 * never sent twice. Every rejection is a RaftmqError, and its `outcome` says which case it is.
 *
 * A client keeps its process alive until it is closed.
 */
export class Client {
  readonly #nodes: Nodes;
  readonly #requests: Requests;
  readonly #probes: Probes;
  readonly #watches: Watches;
  #closed: Promise<void> | null = null;

  constructor(options: ClientOptions) {
    const settings = checked(options);
    this.#requests = new Requests(settings, {
      choose: (avoid) => this.#nodes.choose(avoid),
      carriedOut: (connection) => this.#nodes.praise(connection),
      refused: (connection, refusal) => this.#onRefusal(connection, refusal),
      describe: () => this.#describe(),
    });
    this.#nodes = new Nodes(settings.endpoints, settings.follow, {
      up: (connection) => this.#onUp(connection),
      down: (connection) => this.#onDown(connection),
      unsent: (items) => this.#requests.onUnsent(items),
      lost: (connection, life) => this.#onLost(connection, life),
      heard: (connection) => this.#probes.heard(connection),
      reply: (connection, frame) => this.#requests.onReply(connection, frame),
    });
    this.#watches = new Watches((op, args) => this.#requests.submit(op, args, {}));
    const told = (rev: number): void => this.#watches.told(rev);
    this.#probes = new Probes(this.#nodes, this.#requests, settings.silenceMs, told);
    this.#probes.open();
    this.#nodes.open();
  }

  /** Writes `value`, anything that msgpack can hold, under `key` (1 to 1024 bytes of UTF-8). */
  put(key: string, value: unknown, options: Op.PutOptions & RequestOptions = {}) {
    return this.#ask<Op.Written>('put', { key, value }, options);
  }

  get(key: string, options: Op.ReadOptions & RequestOptions = {}) {
    return this.#ask<Op.Found | Op.Absent>('get', { key }, options);
  }

  delete(key: string, options: RequestOptions = {}) {
    return this.#ask<Op.Deleted>('delete', { key }, options);
  }

  /** Writes `value` if the key is what `expect` says; else says what it is. */
  cas(key: string, expect: Op.Expect, value: unknown, options: RequestOptions = {}) {
    return this.#ask<Op.Swapped>('cas', { key, expect, value }, options);
  }

  /** Keys from `from` on and before `to`, in the order of their bytes; null is an open end. */
  range(from: string | null, to: string | null, options: Op.RangeOptions & RequestOptions = {}) {
    const ends = { from: from ?? undefined, to: to ?? undefined };
    return this.#ask<Op.Entries>('range', ends, options);
  }

  /** Keys that start with `prefix`. */
  prefix(prefix: string, options: Op.RangeOptions & RequestOptions = {}) {
    return this.#ask<Op.Entries>('range', { prefix }, options);
  }

  txn(txn: Op.Txn, options: RequestOptions = {}) {
    return this.#ask<Op.TxnResult>('txn', txn, options);
  }

  /**
   * Grants a lease. Keys that are put with it go when nobody has kept it for `ttlMs`, counted by the
   * cluster from the moment at which it was asked, so never earlier; without a leader it does not count.
   */
  grantLease(ttlMs: number, options: RequestOptions = {}) {
    return this.#ask<Op.Leased>('lease.grant', { ttl: ttlMs }, options);
  }

  /** Lets a lease live for its ttl again. LEASE_EXPIRED if it has ended. */
  keepLease(lease: number, options: RequestOptions = {}) {
    return this.#ask<Op.Leased>('lease.keep', { lease }, options);
  }

  /** Ends a lease and deletes its keys now. */
  revokeLease(lease: number, options: RequestOptions = {}) {
    return this.#ask<Op.Revoked>('lease.revoke', { lease }, options);
  }

  /** What was written after the rev `since`; COMPACTED if that is no longer known. */
  changes(since: number, options: Op.ChangesOptions & RequestOptions = {}) {
    return this.#ask<Op.Changes>('changes', { since }, options);
  }

  /**
   * Every change of the keys with a prefix, or of one key, once and in order, as it happens or from
   * a rev on. The watch goes on until it is closed, or the client is.
   *
   *     for await (const { rev, key, value } of client.watch({ prefix: 'orders/' })) { … }
   *
   * @throws {ConfigError} if an option cannot be used; says which.
   */
  watch(options: WatchOptions & { readonly onCompacted: 'reread' }): Watch<WatchItem>;
  watch(options?: WatchOptions): Watch;
  watch(options: WatchOptions = {}): Watch<Op.Change> | Watch<WatchItem> {
    return this.#watches.open(options);
  }

  /** What the node that is asked, the leader if possible, says of itself. */
  status(options: RequestOptions = {}) {
    return this.#ask<Op.Status>('status', {}, options);
  }

  members(options: RequestOptions = {}) {
    return this.#ask<Op.Members>('members', {}, options);
  }

  /**
   * Makes one node, the leader if possible, take a snapshot of its database now; nodes do so by
   * themselves from time to time. Takes as long as copying the database: give it a timeout to match.
   */
  snapshot(options: RequestOptions = {}) {
    return this.#ask<Op.SnapshotTaken>('snapshot', {}, options);
  }

  /**
   * Adds a node. It is sent the log first, as a learner, and votes once it has caught up, unless
   * `learner` says that it is to stay one. Resolves when it is a learner.
   */
  addMember(node: Op.NodeToAdd, options: { readonly learner?: boolean } & RequestOptions = {}) {
    return this.#ask<Op.Members>('member.add', { node }, options);
  }

  /** Lets a learner vote that has caught up; NOT_READY if it has not. */
  promoteMember(id: number, options: RequestOptions = {}) {
    return this.#ask<Op.Members>('member.promote', { node: id }, options);
  }

  /** Makes a learner of a voter. */
  demoteMember(id: number, options: RequestOptions = {}) {
    return this.#ask<Op.Members>('member.demote', { node: id }, options);
  }

  /** Removes a node, which stops; the leader as well, which then hands over. */
  removeMember(id: number, options: RequestOptions = {}) {
    return this.#ask<Op.Members>('member.remove', { node: id }, options);
  }

  /** Writes down where a member is now. A member that runs says so itself. */
  updateMember(node: Op.NodeToAdd, options: RequestOptions = {}) {
    return this.#ask<Op.Members>('member.update', { node }, options);
  }

  /** Several changes as one step: all of them are made, or none. */
  changeMembers(changes: readonly Op.MemberChange[], options: RequestOptions = {}) {
    return this.#ask<Op.Members>('member.change', { changes }, options);
  }

  /**
   * Makes another voter the leader: the node `to`, or the one that is furthest along. Meanwhile writes
   * wait for a moment. Rejected with NOT_A_MEMBER if `to` does not vote, with NOT_READY if it could not
   * be brought up to date in time (nothing has changed), with TIMEOUT if it may lead yet.
   */
  transfer(to?: number, options: RequestOptions = {}) {
    return this.#ask<Op.Transferred>('transfer', { to }, options);
  }

  /**
   * Any operation by its name on the wire, for those that have no method here.
   *
   * @returns the reply as it came, without its id.
   */
  request(op: string, args: Arguments = {}, options: RequestOptions = {}): Promise<Result> {
    return this.#requests.submit(op, args, options);
  }

  /** Ends watches, rejects what is unanswered with CLOSED and closes every socket. More than once is fine. */
  async close(): Promise<void> {
    this.#watches.close();
    this.#probes.close();
    this.#closed ??= this.#requests.close().then(() => this.#nodes.close());
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #ask<T>(op: string, args: Arguments, options: object & RequestOptions): Promise<T> {
    const { timeoutMs, ...more } = options;
    if ('value' in args && !isValue(args['value'])) {
      const message = `a value must be something to keep, not ${typeof args['value']}: use null, or delete`;
      return Promise.reject(refused(op, 'BAD_REQUEST', message));
    }
    const deadline = timeoutMs === undefined ? {} : { timeoutMs };
    return this.#requests.submit(op, { ...args, ...more }, deadline) as Promise<T>;
  }

  #onUp(connection: Connection): void {
    this.#probes.heard(connection);
    this.#probes.ask(connection);
    this.#requests.resume();
  }

  #onDown(connection: Connection): void {
    this.#nodes.forget(connection);
    this.#probes.doubt();
  }

  #onLost(connection: Connection, life: number): void {
    this.#requests.onLost(connection, life);
    if (!connection.up) this.#nodes.part(connection);
  }

  #onRefusal(connection: Connection, refusal: Refusal): void {
    switch (refusal.code) {
      case 'NOT_LEADER':
        this.#nodes.forget(connection);
        if (refusal.leader !== undefined) this.#nodes.follow(refusal.leader);
        else this.#probes.doubt();
        break;
      case 'NO_LEADER':
      case 'NOT_READY':
      case 'SHUTTING_DOWN':
        this.#nodes.rest(connection);
        this.#probes.doubt();
        break;
      case 'LEADERSHIP_LOST':
      case 'TIMEOUT':
        this.#probes.doubt();
        break;
      default:
    }
  }

  #describe(): string {
    const all = this.#nodes.endpoints().join(', ');
    const up = this.#nodes.connected().length;
    if (up === 0) return `no node could be reached at ${all}`;
    return `no node answered at ${all} (${up} connected)`;
  }
}

/** undefined and functions are nothing that msgpack has, and would silently become nil. */
function isValue(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}
