import type { Scheduler } from './scheduler.ts';

/**
 * While an event of a simulated process runs, there is no time, chance or event loop but the
 * simulated ones: `setImmediate` becomes an event of that process, and whatever else would make two
 * runs of one seed differ throws. Outside of events everything is as it was. One world at a time;
 * returns what puts the globals back.
 */
export function sealGlobals(scheduler: Scheduler): () => void {
  const { setImmediate, setTimeout, setInterval } = globalThis;
  const { now } = Date;
  const { random } = Math;
  const { nextTick } = process;
  const monotonic = performance.now;

  /** `real` outside of events; within them a reason to fail. */
  const forbid = <Real extends (...given: never[]) => unknown>(name: string, real: Real): Real => {
    const guarded = (...given: never[]): unknown => {
      if (scheduler.current !== null) throw new Nondeterminism(name, scheduler.current.name);
      return real(...given);
    };
    return Object.assign<object, unknown>(guarded, real) as Real;
  };
  const immediate = (callback: (...given: unknown[]) => void, ...given: unknown[]): unknown => {
    const { current } = scheduler;
    if (current === null) return setImmediate(callback, ...given);
    return scheduler.schedule(0, current, 'process', () => callback(...given));
  };
  globalThis.setImmediate = Object.assign<object, unknown>(
    immediate,
    setImmediate,
  ) as typeof setImmediate;
  globalThis.setTimeout = forbid('setTimeout', setTimeout);
  globalThis.setInterval = forbid('setInterval', setInterval);
  Date.now = forbid('Date.now', now);
  Math.random = forbid('Math.random', random);
  process.nextTick = forbid('process.nextTick', nextTick);
  performance.now = forbid('performance.now', monotonic.bind(performance));
  return () => {
    Object.assign(globalThis, { setImmediate, setTimeout, setInterval });
    Date.now = now;
    Math.random = random;
    process.nextTick = nextTick;
    performance.now = monotonic;
  };
}

/** Code of a simulated process has asked the real world for something. */
export class Nondeterminism extends Error {
  override readonly name = 'Nondeterminism';

  constructor(what: string, process: string) {
    super(`${process} has called ${what}, which no seed can replay`);
  }
}
