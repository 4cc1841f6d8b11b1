import { assert } from '../../src/base/assert.ts';
import type { Timer } from '../../src/base/clock.ts';
import { runMicrotasks } from './microtasks.ts';

/** Something whose work can be stopped for a while, or for good: one life of one process. */
export class Process {
  readonly name: string;
  /** Small and its own: goes into the trace. */
  readonly number: number;
  alive = true;
  paused = false;
  /** What became due while it was paused, in order. */
  readonly backlog: SimulatedEvent[] = [];

  constructor(name: string, number: number) {
    this.name = name;
    this.number = number;
  }
}

interface SimulatedEvent {
  readonly at: number;
  readonly sequence: number;
  readonly process: Process | null;
  readonly kind: EventKind;
  callback: (() => void) | null;
}

export type EventKind = 'timer' | 'message' | 'disk' | 'fault' | 'client' | 'process';

const KIND_NUMBERS: Readonly<Record<EventKind, number>> = {
  timer: 1,
  message: 2,
  disk: 3,
  fault: 4,
  client: 5,
  process: 6,
};

/**
 * Simulated time: one priority queue of events. Each belongs to a process (or to nobody, for the
 * world itself) and runs to its end, microtasks included, before the next one begins. Events of a
 * dead process are dropped, those of a paused one wait. Two events of the same time run in the order
 * in which they were scheduled, so the same inputs give the same run.
 */
export class Scheduler {
  /** What callbacks threw, with the process that did; whoever runs the loop looks at it. */
  onError: (error: unknown, process: Process | null) => void = (error) => {
    throw error;
  };
  /** Called after each event. */
  afterEvent: (process: Process | null) => void = () => {};
  events = 0;
  readonly byKind: Record<EventKind, number> = {
    timer: 0,
    message: 0,
    disk: 0,
    fault: 0,
    client: 0,
    process: 0,
  };
  #now = 0;
  #sequence = 0;
  #processes = 0;
  #current: Process | null = null;
  readonly #heap: SimulatedEvent[] = [];
  #hash = 0x811c9dc5;
  #hash2 = 0x9e3779b9;

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** Whose event runs at the moment. */
  get current(): Process | null {
    return this.#current;
  }

  /** Of everything that has happened, in order. Two runs with the same hash were the same run. */
  get traceHash(): string {
    const part = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return part(this.#hash) + part(this.#hash2);
  }

  /** Adds a fact to the trace. */
  mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193);
    this.#hash2 = Math.imul((this.#hash2 ^ this.#hash) + 0x7f4a7c15, 0x85ebca6b);
    this.#hash2 ^= this.#hash2 >>> 13;
  }

  startProcess(name: string): Process {
    this.#processes += 1;
    return new Process(name, this.#processes);
  }

  kill(process: Process): void {
    process.alive = false;
    process.backlog.length = 0;
  }

  pause(process: Process): void {
    process.paused = true;
  }

  /** What waited runs at once, as timers and sockets do after SIGCONT. */
  resume(process: Process): void {
    process.paused = false;
    const waiting = process.backlog.splice(0);
    for (const event of waiting) this.#push(this.#now, process, event.kind, event);
  }

  schedule(delayMs: number, process: Process | null, kind: EventKind, callback: () => void): Timer {
    const event = this.#push(this.#now + Math.max(0, delayMs), process, kind, callback);
    return {
      cancel: () => {
        event.callback = null;
      },
    };
  }

  /** Runs the next event. False when there is none. */
  step(): boolean {
    for (;;) {
      const event = this.#pop();
      if (event === undefined) return false;
      const { process, callback } = event;
      if (callback === null || process?.alive === false) continue;
      if (process?.paused === true) {
        process.backlog.push(event);
        continue;
      }
      this.#now = event.at;
      this.#run(event, process, callback);
      return true;
    }
  }

  /** Runs events until `condition` holds or `limitMs` have passed; returns whether it holds. */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const end = this.#now + limitMs;
    while (!condition()) {
      const next = this.#peek();
      if (next === undefined || next.at > end) {
        this.#now = Math.max(this.#now, end);
        return condition();
      }
      this.step();
    }
    return true;
  }

  runFor(milliseconds: number): void {
    this.runUntil(() => false, milliseconds);
  }

  /** Runs `work` now, as a part of `process`. */
  within(process: Process | null, kind: EventKind, work: () => void): void {
    const outer = this.#current;
    this.#current = process;
    try {
      work();
    } catch (error) {
      this.onError(error, process);
    } finally {
      this.#current = outer;
    }
    this.mix(KIND_NUMBERS[kind]);
  }

  #run(event: SimulatedEvent, process: Process | null, callback: () => void): void {
    this.events += 1;
    this.byKind[event.kind] += 1;
    this.mix(Math.floor(event.at * 1000));
    this.mix(KIND_NUMBERS[event.kind] * 256 + (process?.number ?? 0));
    event.callback = null;
    this.#current = process;
    try {
      callback();
    } catch (error) {
      this.onError(error, process);
    }
    runMicrotasks();
    this.#current = null;
    this.afterEvent(process);
  }

  #push(
    at: number,
    process: Process | null,
    kind: EventKind,
    work: SimulatedEvent | (() => void),
  ): SimulatedEvent {
    this.#sequence += 1;
    const sequence = this.#sequence;
    // A timer that waited in a backlog can still be cancelled by whoever holds it.
    const callback = typeof work === 'function' ? work : (): void => work.callback?.();
    const event: SimulatedEvent = { at, sequence, process, kind, callback };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const other = heap[parent] as SimulatedEvent;
      if (isBefore(other, event)) break;
      heap[index] = other;
      index = parent;
    }
    heap[index] = event;
    return event;
  }

  #peek(): SimulatedEvent | undefined {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined) return undefined;
      if (next.callback !== null && next.process?.alive !== false) return next;
      this.#pop();
    }
  }

  #pop(): SimulatedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as SimulatedEvent)) child += 1;
      const smaller = heap[child] as SimulatedEvent;
      if (isBefore(last, smaller)) break;
      heap[index] = smaller;
      index = child;
    }
    assert(index < heap.length, 'the heap holds what it held');
    heap[index] = last;
    return first;
  }
}

function isBefore(a: SimulatedEvent, b: SimulatedEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
