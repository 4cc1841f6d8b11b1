import { setFlagsFromString } from 'node:v8';

/**
 * Runs every microtask that is due, now, without leaving the current macrotask: what lets a simulated
 * event end, promises included, before the next one begins. Does nothing when called from a
 * microtask, so the simulator's loop must be started by a macrotask.
 */
export const runMicrotasks: () => void = (() => {
  // V8 has it as an intrinsic alone; the syntax is switched off again at once.
  setFlagsFromString('--allow-natives-syntax');

  const run = new Function('%PerformMicrotaskCheckpoint()') as () => void;
  run();
  setFlagsFromString('--no-allow-natives-syntax');
  return run;
})();
