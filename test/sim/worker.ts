/**
 * Lives seeds one after the other in a process of its own, and prints one line of JSON for each.
 *
 *   worker --from A --to B [--step S] [--stop-at-failure] [--knobs] [--trace]
 */
import { parseArgs } from 'node:util';
import { simulate, type Outcome } from './simulation.ts';

/** One line of output. */
export interface SeedReport extends Omit<Outcome, 'trace' | 'knobs'> {
  /** Only where it was asked for. */
  readonly knobs?: string;
  /** How long it took, in real time. */
  readonly ms: number;
}

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '1' },
    step: { type: 'string', default: '1' },
    'stop-at-failure': { type: 'boolean', default: false },
    knobs: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

/** Each seed from a macrotask: microtasks are run by hand in between. */
function next(seed: number, to: number): void {
  if (seed > to) return;
  const startedAt = performance.now();
  const { trace, knobs, ...outcome } = simulate(seed, { trace: values.trace });
  const ms = Math.round(performance.now() - startedAt);
  const report: SeedReport = { ...outcome, ms, ...(values.knobs ? { knobs } : {}) };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (values.trace) process.stderr.write(`${trace.join('\n')}\n`);
  if (!outcome.ok && values['stop-at-failure']) return;
  setImmediate(() => next(seed + Number(values.step), to));
}

setImmediate(() => next(Number(values.from), Number(values.to)));
