/**
 * Lives seeds one after the other in a process of its own, and prints one line of JSON for each.
 *
 *   worker --from A --to B [--stop-at-failure] [--trace]
 */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '1' },
    'stop-at-failure': { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

/** Each seed from a macrotask: microtasks are run by hand in between. */
function next(seed: number, to: number): void {
  const startedAt = performance.now();
  const { trace, knobs, ...outcome } = simulate(seed, { trace: values.trace });
  const ms = Math.round(performance.now() - startedAt);
  process.stdout.write(`${JSON.stringify({ ...outcome, ms })}\n`);
  if (values.trace) process.stderr.write(`${knobs}\n`);
  if (values.trace) process.stderr.write(`${trace.join('\n')}\n`);
  if (seed >= to || (!outcome.ok && values['stop-at-failure'])) return;
  setImmediate(() => next(seed + 1, to));
}

setImmediate(() => next(Number(values.from), Number(values.to)));
