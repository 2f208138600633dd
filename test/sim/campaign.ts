import { FAULT_NAMES, type Fault, type FaultCounts, noFaults } from './faults.ts';
import type { Played } from './play.ts';
import { noPlaces, PLACE_NAMES, type Place, type PlaceCounts } from './reach.ts';

/** In how large a part of the runs each class of fault has to take effect, or nothing is proved by them. */
const EFFECTIVE_PART = 0.05;
/** With fewer runs than this it may be chance. */
const EFFECTIVE_RUNS = 200;
/** The same for what is rarer than faults: some of it comes once in many hundreds of runs. */
const REACHED_RUNS = 5000;

/** What many runs came to. */
export class Campaign {
  readonly #startedMs = performance.now();
  readonly #startedCpu = process.cpuUsage();
  readonly faults: FaultCounts = noFaults();
  readonly #effective: FaultCounts = noFaults();
  readonly places: PlaceCounts = noPlaces();
  seeds = 0;
  events = 0;
  turns = 0;
  inputs = 0;
  applied = 0;
  operations = 0;
  leaderChanges = 0;
  simulatedMs = 0;

  add({ events, tally, operations, simulatedMs, faults, places }: Played): void {
    this.seeds += 1;
    this.events += events;
    this.turns += tally.turns;
    this.inputs += tally.inputs;
    this.applied += tally.applied;
    this.operations += operations;
    this.leaderChanges += tally.elections;
    this.simulatedMs += simulatedMs;
    for (const name of FAULT_NAMES) {
      this.faults[name] += faults[name];
      if (faults[name] > 0) this.#effective[name] += 1;
    }
    for (const name of PLACE_NAMES) this.places[name] += places[name];
  }

  /** Processor time of this process since the campaign began, in s. */
  get cpuSeconds(): number {
    const { user, system } = process.cpuUsage(this.#startedCpu);
    return (user + system) / 1e6;
  }

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  /** Classes of faults that hardly ever took effect, though there were enough runs for it. */
  get idle(): readonly Fault[] {
    if (this.seeds < EFFECTIVE_RUNS) return [];
    return FAULT_NAMES.filter((name) => this.#effective[name] < this.seeds * EFFECTIVE_PART);
  }

  /** What no run came to, though there were enough of them. */
  get missed(): readonly Place[] {
    if (this.seeds < REACHED_RUNS) return [];
    return PLACE_NAMES.filter((name) => this.places[name] === 0);
  }

  /** In which part of the runs a class of fault took effect. */
  part(name: Fault): number {
    return this.seeds === 0 ? 0 : this.#effective[name] / this.seeds;
  }

  /** As one JSON object. */
  summary(): Record<string, unknown> {
    const perCpuMinute = (count: number): number => Math.round((count / this.cpuSeconds) * 60);
    const { seeds, events, turns, inputs, applied, operations, leaderChanges } = this;
    return {
      seeds,
      events,
      turns,
      inputs,
      applied,
      operations,
      leader_changes: leaderChanges,
      simulated_hours: rounded(this.simulatedMs / 3_600_000),
      seconds: rounded(this.seconds),
      cpu_seconds: rounded(this.cpuSeconds),
      seeds_per_s: rounded(seeds / this.seconds),
      per_cpu_minute: {
        seeds: perCpuMinute(seeds),
        events: perCpuMinute(events),
        leader_changes: perCpuMinute(leaderChanges),
        simulated_hours: rounded((this.simulatedMs / 3_600_000 / this.cpuSeconds) * 60),
      },
      faults: this.faults,
      idle_faults: this.idle,
      places: this.places,
      missed_places: this.missed,
    };
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
