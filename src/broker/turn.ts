import type { Clock } from '../base/clock.ts';

/**
 * Gathers the work of one turn of the event loop. Whatever arrives on any socket within a turn is
 * stepped through the machines at once; what follows from it is done here, once, at the turn's end:
 * followers are fed first (their disks then work in parallel with ours), then logs are written and
 * synced, then answers leave, a single message per stream.
 *
 * One per broker. A phase may add work to a later phase or to its own; work added to an earlier
 * phase starts another round of the same turn.
 */
export class Turn {
  readonly #clock: Clock;
  readonly #work: Record<TurnPhase, Set<TurnWork>> = {
    feed: new Set(),
    flush: new Set(),
    answer: new Set(),
  };
  #scheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `work` once at the end of this turn, however often it was added. */
  add(phase: TurnPhase, work: TurnWork): void {
    this.#work[phase].add(work);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.setTimer(0, () => this.#run());
  }

  #run(): void {
    // Cleared first, so that work added by an exception's aftermath is not lost.
    this.#scheduled = false;
    for (let phase = this.#nextPhase(); phase !== null; phase = this.#nextPhase()) {
      const work = this.#work[phase];
      this.#work[phase] = new Set();
      for (const each of work) each.onTurnEnd(phase);
    }
  }

  #nextPhase(): TurnPhase | null {
    for (const phase of TURN_PHASES) if (this.#work[phase].size > 0) return phase;
    return null;
  }
}

export type TurnPhase = 'feed' | 'flush' | 'answer';

export interface TurnWork {
  onTurnEnd(phase: TurnPhase): void;
}

const TURN_PHASES: readonly TurnPhase[] = ['feed', 'flush', 'answer'];
