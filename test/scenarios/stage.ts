import type { Input } from '../../lib/core/input.ts';
import type { Envelope } from '../../lib/core/message.ts';
import type { Load, Outcome } from '../../lib/core/outcome.ts';
import type { Settings } from '../../lib/core/settings.ts';
import { tellInput, tellMessage, tellOutcome, tellState } from '../../lib/core/tell.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { ModelDisk } from '../core/model-disk.ts';
import { ModelServer } from '../core/model-server.ts';
import { entries, SETTINGS } from '../core/servers.ts';
import { History } from '../sim/oracle/history.ts';
import { Oracle } from '../sim/oracle/oracle.ts';
import type { Line } from './script.ts';

const SETTLE_MAX = 200;

/** Servers, their disks and the post between them, all waiting to be told what happens next. */
export class Stage {
  #servers = new Map<NodeId, ModelServer>();
  #post: Envelope[] = [];
  readonly #loads = new Map<NodeId, Load[]>();
  readonly #wakeAt = new Map<NodeId, number>();
  readonly #down = new Set<NodeId>();
  readonly #clocks = new Map<NodeId, number>();

  /** Does what the line says, and tells what came of it. */
  perform({ verb, words, options }: Line): readonly string[] {
    const [first = ''] = words;
    switch (verb) {
      case 'cluster':
        return this.#cluster(Number(first), options);
      case 'wait':
        return this.#wait(Number(first), words.slice(1).map(number));
      case 'wake':
        return this.#wake(number(first));
      case 'tick':
        return words.flatMap((word) => this.#turn(number(word), []));
      case 'elect':
        return this.#elect(number(first), words.slice(1).map(number));
      case 'propose':
        return this.#turn(number(first), [proposed(words.slice(1).map(Number))]);
      case 'read':
        return this.#turn(number(first), [asked(words.slice(1).map(Number))]);
      case 'unreachable':
        return this.#turn(number(first), [{ kind: 'Unreachable', peer: number(words[1]) }]);
      case 'deliver':
        return this.#deliver(toOf(first), this.#take(words));
      case 'drop':
        return this.#take(words).map((envelope) => `lost ${tellEnvelope(envelope)}`);
      case 'lose':
        this.#post = this.#post.filter(
          ({ from, to }) => from !== number(first) && to !== number(first),
        );
        return [];
      case 'repeat': {
        const mail = this.#take(words);
        this.#post.push(...mail);
        return this.#deliver(toOf(first), mail);
      }
      case 'sync':
        return this.#sync(number(first), words[1] === undefined ? undefined : Number(words[1]));
      case 'load':
        return this.#load(number(first));
      case 'crash':
        return this.#crash(number(first), Number(words[1] ?? 0));
      case 'restart':
        return this.#restart(number(first), Number(words[1] ?? 0));
      case 'settle':
        this.#settle(this.#named(words));
        return this.#show(this.#named(words));
      case 'exchange':
        return this.#settle(this.#named(words));
      case 'show':
        return this.#show(this.#named(words));
      case 'mail':
        return this.#post.map(tellEnvelope);
      default:
        throw new Error(`no such command: ${verb}`);
    }
  }

  #cluster(size: number, options: ReadonlyMap<string, string>): readonly string[] {
    const voters = Array.from({ length: size }, (_, i) => i + 1);
    const configuration = { voters, outgoing: [], learners: [] };
    const oracle = new Oracle(this.#servers, configuration);
    const settings = { ...SETTINGS, ...settingsOf(options) };
    for (const id of voters) {
      const log = entries(options.get(`n${id}`) ?? '');
      const term = Number(options.get(`n${id}.term`) ?? log.at(-1)?.term ?? 0);
      const vote = options.get(`n${id}.vote`);
      const disk = new ModelDisk({ term, vote: vote ? number(vote) : null }, new History(log));
      const setup = { id, configuration, settings, disk };
      const restart = { now: 0, seed: id, applied: 0, tail: log.length };
      const server = new ModelServer(setup, oracle, restart);
      this.#servers.set(id, server);
      this.#wakeAt.set(id, server.state.electionDeadline);
    }
    return this.#show(this.#named([]));
  }

  #now(id: NodeId): number {
    return this.#clocks.get(id) ?? 0;
  }

  #wait(ms: number, ids: readonly NodeId[]): readonly string[] {
    for (const id of ids.length > 0 ? ids : this.#servers.keys()) {
      this.#clocks.set(id, this.#now(id) + ms);
    }
    return [];
  }

  #wake(id: NodeId): readonly string[] {
    this.#clocks.set(id, Math.max(this.#now(id), this.#wakeAt.get(id) ?? 0));
    return this.#turn(id, []);
  }

  /** Mail of elections that goes elsewhere is lost; a term that was news takes another try. */
  #elect(id: NodeId, voters: readonly NodeId[]): readonly string[] {
    for (let tries = 0; tries < 3 && this.#server(id).state.role.name !== 'leader'; tries += 1) {
      this.#wake(id);
      for (const kind of ['PreVote', 'RequestVote']) {
        this.#sync(id);
        for (const voter of voters) {
          this.#pass(id, voter, kind);
          this.#sync(voter);
          this.#pass(voter, id, `${kind}Reply`);
        }
        this.#post = this.#post.filter(({ from, message }) => from !== id || message.kind !== kind);
      }
    }
    if (this.#server(id).state.role.name !== 'leader') throw new Error(`n${id} was not elected`);
    return this.#show([id]);
  }

  /** Delivers what there is of a kind on one link, if anything. */
  #pass(from: NodeId, to: NodeId, kind: string): void {
    const isMeant = (envelope: Envelope): boolean =>
      envelope.from === from && envelope.to === to && envelope.message.kind === kind;
    const mail = this.#post.filter(isMeant);
    this.#post = this.#post.filter((envelope) => !isMeant(envelope));
    if (mail.length > 0) this.#deliver(to, mail);
  }

  #server(id: NodeId): ModelServer {
    const server = this.#servers.get(id);
    if (!server) throw new Error(`there is no server n${id}`);
    if (this.#down.has(id)) throw new Error(`n${id} is down`);
    return server;
  }

  /** The servers that are named and up; all that are up if none is named. */
  #named(words: readonly string[]): readonly NodeId[] {
    const ids = words.length > 0 ? words.map(number) : [...this.#servers.keys()];
    return ids.filter((id) => !this.#down.has(id));
  }

  #turn(id: NodeId, inputs: readonly Input[]): readonly string[] {
    const outcome = this.#server(id).take({ now: this.#now(id), inputs });
    this.#post.push(...outcome.free);
    this.#publish(id, outcome);
    this.#loads.set(id, [...(this.#loads.get(id) ?? []), ...outcome.loads]);
    this.#wakeAt.set(id, outcome.wakeAt);
    const lines = tellOutcome(outcome).map((line) => `  ${line}`);
    return inputs.length === 0 ? [`n${id}`, ...lines] : lines;
  }

  #publish(id: NodeId, { beat }: Outcome): void {
    if (!beat) return;
    for (const to of this.#servers.keys()) {
      if (to !== id) this.#post.push({ from: id, to, message: beat });
    }
  }

  /** Takes mail out of the post: `n1->n2` or `n2`, and perhaps a kind. */
  #take([link = '', kind]: readonly string[]): readonly Envelope[] {
    const to = toOf(link);
    const from = link.includes('->') ? number(link.split('->')[0]) : null;
    const isMeant = (envelope: Envelope): boolean =>
      envelope.to === to &&
      (from === null || envelope.from === from) &&
      (kind === undefined || envelope.message.kind === kind);
    const taken = this.#post.filter(isMeant);
    if (taken.length === 0) throw new Error(`no mail ${link} ${kind ?? ''}`);
    this.#post = this.#post.filter((envelope) => !isMeant(envelope));
    return taken;
  }

  #deliver(to: NodeId, mail: readonly Envelope[]): readonly string[] {
    const inputs = mail.map(({ from, message }): Input => ({ kind: 'Received', from, message }));
    return [...mail.map(tellEnvelope), ...this.#turn(to, inputs)];
  }

  #sync(id: NodeId, jobs?: number): readonly string[] {
    const { receipts, oaths } = this.#server(id).sync(jobs);
    const mail = oaths.map(({ envelope }) => envelope);
    this.#post.push(...mail);
    const news = [
      ...receipts.map((receipt) => `n${id} ${tellInput(receipt)}`),
      ...mail.map((envelope) => `  ${tellEnvelope(envelope)}`),
    ];
    return receipts.length === 0 ? news : [...news, ...this.#turn(id, receipts)];
  }

  #load(id: NodeId): readonly string[] {
    const loads = this.#loads.get(id) ?? [];
    this.#loads.set(id, []);
    const { log } = this.#server(id).disk;
    const inputs = loads.map(
      ({ to, from, bytesMax }): Input => ({
        kind: 'Loaded',
        to,
        entries: log.read(from, bytesMax),
      }),
    );
    return [...inputs.map((input) => `n${id} ${tellInput(input)}`), ...this.#turn(id, inputs)];
  }

  #crash(id: NodeId, survivors: number): readonly string[] {
    this.#server(id).crash(survivors);
    this.#down.add(id);
    this.#loads.delete(id);
    return [];
  }

  #restart(id: NodeId, applied: number): readonly string[] {
    this.#down.delete(id);
    const server = this.#server(id);
    server.restart({ now: this.#now(id), seed: id, applied, tail: server.disk.log.last });
    this.#wakeAt.set(id, server.state.electionDeadline);
    return this.#show([id]);
  }

  /** @returns the mail that was delivered meanwhile. */
  #settle(ids: readonly NodeId[]): readonly string[] {
    const told: string[] = [];
    for (let round = 0; ids.filter((id) => this.#stir(id, ids, told)).length > 0; round += 1) {
      if (round === SETTLE_MAX) throw new Error('they never settle');
    }
    return told;
  }

  /** @returns false if nothing waited for this server. */
  #stir(id: NodeId, ids: readonly NodeId[], told: string[]): boolean {
    const isFor = ({ from, to }: Envelope): boolean => to === id && ids.includes(from);
    const mail = this.#post.filter(isFor);
    this.#post = this.#post.filter((envelope) => !isFor(envelope));
    if (mail.length > 0) this.#deliver(id, mail);
    told.push(...mail.map(tellEnvelope));
    const owes = this.#server(id).disk.jobs > 0;
    if (owes) this.#sync(id);
    const loads = (this.#loads.get(id) ?? []).length > 0;
    if (loads) this.#load(id);
    return mail.length > 0 || owes || loads;
  }

  #show(ids: readonly NodeId[]): readonly string[] {
    return ids.flatMap((id) =>
      tellState(this.#server(id).state).replaceAll(' |', '\n ').split('\n'),
    );
  }
}

function settingsOf(options: ReadonlyMap<string, string>): Partial<Settings> {
  const named = [...options].filter(([name]) => !/^n\d/.test(name));
  for (const [name] of named) if (!(name in SETTINGS)) throw new Error(`no such setting: ${name}`);
  return Object.fromEntries(named.map(([name, value]) => [name, Number(value)]));
}

function proposed(tokens: readonly number[]): Input {
  return { kind: 'Proposed', proposals: tokens.map((token) => ({ token, payload: PAYLOAD })) };
}

/** With its record's header a command has 100 bytes. */
const PAYLOAD = new Uint8Array(76);

function asked(tokens: readonly number[]): Input {
  return { kind: 'Asked', tokens };
}

function tellEnvelope({ from, to, message }: Envelope): string {
  return `n${from}->n${to} ${tellMessage(message)}`;
}

function toOf(link: string): NodeId {
  return number(link.split('->').at(-1));
}

/** `n3` is server 3. */
function number(name = ''): NodeId {
  const id = /^n(\d+)$/.exec(name)?.[1];
  if (id === undefined) throw new Error(`not a server: '${name}'`);
  return Number(id);
}
