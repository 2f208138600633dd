import type { Change } from '../../lib/core/change.ts';
import type { Input } from '../../lib/core/input.ts';
import type { Envelope } from '../../lib/core/message.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import type { Settings } from '../../lib/core/settings.ts';
import { tellState } from '../../lib/core/tell.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { memberOf } from '../core/changes.ts';
import { ModelDisk } from '../core/model-disk.ts';
import { ModelServer } from '../core/model-server.ts';
import { entries, SETTINGS } from '../core/servers.ts';
import { History } from '../sim/oracle/history.ts';
import { Oracle } from '../sim/oracle/oracle.ts';
import { Actors } from './actors.ts';
import { linksBetween, meantBy, tellEnvelope } from './post.ts';
import { type Line, type Link, linkIn, parse, serverIn, tokensIn } from './script.ts';
import { elect, run, settle } from './together.ts';

/** Servers, their disks and the post between them, all waiting to be told what happens next. */
export class Stage {
  readonly actors = new Actors();
  #oracle: Oracle | null = null;

  /** Does all that a script says. */
  play(script: string): void {
    for (const { commands } of parse(script)) for (const line of commands) this.perform(line);
  }

  /** Does what the line says, and tells what came of it. */
  perform(line: Line): readonly string[] {
    return this.#byOne(line) ?? this.#byMail(line) ?? this.#byMany(line) ?? unknown(line);
  }

  /** @throws {InvariantViolation} if a server that is up lacks anything that was ever committed. */
  checkMemory(): void {
    const { actors } = this;
    for (const id of actors.ids) if (actors.isUp(id)) this.#oracle?.remembers(actors.server(id));
  }

  /** What one server does, or what happens to it. */
  #byOne({ verb, words }: Line): readonly string[] | null {
    const { actors } = this;
    const [first = '', second] = words;
    const rest = words.slice(1);
    switch (verb) {
      case 'wake':
        return actors.wake(serverIn(first));
      case 'tick':
        return words.flatMap((word) => actors.turn(serverIn(word), []));
      case 'propose':
        return actors.turn(serverIn(first), [proposed(tokensIn(rest))]);
      case 'read':
        return actors.turn(serverIn(first), [{ kind: 'Asked', tokens: tokensIn(rest) }]);
      case 'lease-read':
        return actors.turn(serverIn(first), [
          { kind: 'Asked', tokens: tokensIn(rest), byLease: true },
        ]);
      case 'transfer': {
        const [token = 0] = tokensIn(words.slice(2));
        return actors.turn(serverIn(first), [
          { kind: 'TransferAsked', token, to: second === 'anybody' ? null : serverIn(second) },
        ]);
      }
      case 'change': {
        const changes = rest.slice(1).map(changeIn);
        const token = Number(second);
        return actors.turn(serverIn(first), [{ kind: 'Reconfigured', token, changes }]);
      }
      case 'unreachable':
        return actors.turn(serverIn(first), [{ kind: 'Unreachable', peer: serverIn(second) }]);
      case 'sync':
        return actors.sync(serverIn(first), second === undefined ? undefined : Number(second));
      case 'load':
        return actors.load(serverIn(first));
      case 'crash':
        actors.crash(serverIn(first), Number(second ?? 0));
        return [];
      case 'restart':
        actors.restart(serverIn(first), Number(second ?? 0));
        return this.#show([serverIn(first)]);
      default:
        return null;
    }
  }

  /** What becomes of mail. */
  #byMail({ verb, words }: Line): readonly string[] | null {
    const { post } = this.actors;
    switch (verb) {
      case 'deliver':
        return this.#deliver(words, this.#take(words));
      case 'repeat': {
        const mail = this.#take(words);
        post.putBack(mail);
        return this.#deliver(words, mail);
      }
      case 'drop':
        return this.#take(words).map((envelope) => `lost ${tellEnvelope(envelope)}`);
      case 'lose':
        for (const id of words.map(serverIn)) post.take(({ from, to }) => from === id || to === id);
        return [];
      case 'hold':
        post.hold(this.#take(words));
        return [];
      case 'release':
        post.release();
        return [];
      case 'cut':
        post.cut(words.flatMap((word) => this.#linksIn(word)));
        return [];
      case 'split':
        post.cut(this.#split(words.map(serverIn)));
        return [];
      case 'heal':
        post.heal(words.flatMap((word) => this.#linksIn(word)));
        return [];
      case 'count':
        return words.length > 0 ? post.count(linkIn(words[0] ?? '')) : post.count(EVERY_LINK);
      case 'mail':
        return post.waiting.map(tellEnvelope);
      default:
        return null;
    }
  }

  /** What happens to several servers. */
  #byMany({ verb, words, options }: Line): readonly string[] | null {
    const { actors } = this;
    const [first = ''] = words;
    switch (verb) {
      case 'cluster':
        return this.#cluster(Number(first), options);
      case 'wait':
        actors.wait(Number(first), this.#all(words.slice(1)));
        return [];
      case 'run':
        return run(actors, Number(first), this.#all(words.slice(1)));
      case 'elect':
        return this.#elect(serverIn(first), words.slice(1).map(serverIn));
      case 'settle':
        settle(actors, this.#all(words));
        return this.#show(this.#all(words));
      case 'exchange':
        return settle(actors, this.#all(words));
      case 'show':
        return this.#show(this.#all(words));
      default:
        return null;
    }
  }

  #cluster(size: number, options: ReadonlyMap<string, string>): readonly string[] {
    const voters = Array.from({ length: size }, (_, i) => i + 1);
    const spares = Number(options.get('spares') ?? 0);
    const all = Array.from({ length: size + spares }, (_, i) => i + 1);
    const configuration = votersOnly(voters);
    const servers = new Map<NodeId, ModelServer>();
    const oracle = new Oracle(servers, configuration);
    this.#oracle = oracle;
    const settings = { ...SETTINGS, ...settingsOf(options) };
    for (const id of all) {
      const log = entries(options.get(`n${id}`) ?? '');
      const term = Number(options.get(`n${id}.term`) ?? log.at(-1)?.term ?? 0);
      const vote = options.get(`n${id}.vote`);
      const disk = new ModelDisk({ term, vote: vote ? serverIn(vote) : null }, new History(log));
      const known = voters.includes(id) ? configuration : votersOnly([]);
      const setup = { id, configuration: known, settings, disk };
      const server = new ModelServer(setup, oracle, {
        now: 0,
        seed: id,
        applied: 0,
        tail: log.length,
      });
      servers.set(id, server);
      this.actors.add(server);
    }
    return this.#show(voters);
  }

  #elect(id: NodeId, voters: readonly NodeId[]): readonly string[] {
    if (!elect(this.actors, id, voters)) throw new Error(`n${id} was not elected`);
    return this.#show([id]);
  }

  /** The servers that are named; all if none is. */
  #all(words: readonly string[]): readonly NodeId[] {
    return words.length > 0 ? words.map(serverIn) : this.actors.ids;
  }

  /** `n1->n2` is one link, `n1-n2` are both between them, `n1` are all to and from it. */
  #linksIn(word: string): readonly Link[] {
    if (word.includes('->')) return [linkIn(word)];
    const [one, other] = word.split('-').map(serverIn) as [NodeId, NodeId?];
    const others = other === undefined ? this.actors.ids.filter((id) => id !== one) : [other];
    return linksBetween(one, others);
  }

  /** The links between `side` and everybody else. */
  #split(side: readonly NodeId[]): readonly Link[] {
    const others = this.actors.ids.filter((id) => !side.includes(id));
    return side.flatMap((one) => linksBetween(one, others));
  }

  #take(words: readonly string[]): readonly Envelope[] {
    const taken = this.actors.post.take(meantBy(words));
    if (taken.length === 0) throw new Error(`no mail ${words.join(' ')}`);
    return taken;
  }

  #deliver([link = '']: readonly string[], mail: readonly Envelope[]): readonly string[] {
    return this.actors.deliver(linkIn(link).to as NodeId, mail);
  }

  /** Those that are up. */
  #show(ids: readonly NodeId[]): readonly string[] {
    const { actors } = this;
    return ids
      .filter((id) => actors.isUp(id))
      .flatMap((id) => tellState(actors.server(id).state).replaceAll(' |', '\n ').split('\n'));
  }
}

const EVERY_LINK: Link = { from: null, to: null };

function unknown({ verb }: Line): never {
  throw new Error(`no such command: ${verb}`);
}

function settingsOf(options: ReadonlyMap<string, string>): Partial<Settings> {
  const named = [...options].filter(([name]) => !/^(n\d|spares$)/.test(name));
  for (const [name] of named) if (!(name in SETTINGS)) throw new Error(`no such setting: ${name}`);
  return Object.fromEntries(named.map(([name, value]) => [name, Number(value)]));
}

/** `voter:n4` and `learner:n4` add a server, `promote:n4`, `demote:n4` and `remove:n4` are as named. */
function changeIn(word: string): Change {
  const [kind, server] = word.split(':');
  const id = serverIn(server);
  switch (kind) {
    case 'voter':
    case 'learner':
      return { kind: 'add', member: memberOf(id), as: kind };
    case 'promote':
    case 'demote':
    case 'remove':
      return { kind, id };
    default:
      throw new Error(`no such change: ${word}`);
  }
}

function proposed(tokens: readonly number[]): Input {
  return { kind: 'Proposed', proposals: tokens.map((token) => ({ token, payload: PAYLOAD })) };
}

/** With its record's header a command has 100 bytes. */
const PAYLOAD = new Uint8Array(76);
