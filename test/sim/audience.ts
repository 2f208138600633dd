import type { Watcher } from './watcher.ts';

type Told<Name extends keyof Watcher> = Parameters<Required<Watcher>[Name]>;

/** All who look on, as one. */
export class Audience implements Required<Watcher> {
  readonly #watchers: readonly Watcher[];

  constructor(watchers: readonly Watcher[]) {
    this.#watchers = watchers;
  }

  began(...told: Told<'began'>): void {
    for (const watcher of this.#watchers) watcher.began?.(...told);
  }

  turn(...told: Told<'turn'>): void {
    for (const watcher of this.#watchers) watcher.turn?.(...told);
  }

  sent(...told: Told<'sent'>): void {
    for (const watcher of this.#watchers) watcher.sent?.(...told);
  }

  arrived(...told: Told<'arrived'>): void {
    for (const watcher of this.#watchers) watcher.arrived?.(...told);
  }

  noted(...told: Told<'noted'>): void {
    for (const watcher of this.#watchers) watcher.noted?.(...told);
  }

  struck(...told: Told<'struck'>): void {
    for (const watcher of this.#watchers) watcher.struck?.(...told);
  }

  ended(...told: Told<'ended'>): void {
    for (const watcher of this.#watchers) watcher.ended?.(...told);
  }

  asked(...told: Told<'asked'>): void {
    for (const watcher of this.#watchers) watcher.asked?.(...told);
  }
}
