import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What the simulator says of one seed. */
export interface SeedOutcome {
  readonly seed: number;
  readonly ok: boolean;
  /** `S8`, `L1`, `crash`, …; `hang` where a seed never ended. Null where it passed. */
  readonly invariant: string | null;
  readonly message: string | null;
}

/** How a run of one build ended. */
export type RunEnd =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly outcome: SeedOutcome }
  /** The process itself fell over, which says nothing about the cluster. */
  | { readonly kind: 'died'; readonly seed: number; readonly message: string };

/** How long one seed may take before it is said to hang; the slowest take a few seconds. */
const SEED_MS_MAX = 180_000;

/** Runs seeds in order in a process of its own, until one fails. */
export function runSeeds(bundle: string, from: number, to: number): Promise<RunEnd> {
  const worker = spawn(
    process.execPath,
    [bundle, '--from', String(from), '--to', String(to), '--stop-at-failure'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return new Promise((resolve, reject) => {
    let seed = from;
    let failed: SeedOutcome | null = null;
    let errors = '';
    let watch: NodeJS.Timeout;
    const rewind = (): void => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        const message = `the seed had not ended after ${SEED_MS_MAX / 1_000} s`;
        failed = { seed, ok: false, invariant: 'hang', message };
        worker.kill('SIGKILL');
      }, SEED_MS_MAX);
    };
    rewind();
    createInterface({ input: worker.stdout }).on('line', (line) => {
      const outcome: SeedOutcome = JSON.parse(line);
      rewind();
      if (!outcome.ok) failed ??= outcome;
      seed = outcome.seed + 1;
    });
    worker.stderr.on('data', (bytes: Buffer) => {
      errors = (errors + bytes.toString()).slice(-ERRORS_MAX);
    });
    worker.on('error', reject);
    worker.on('close', (code, signal) => {
      clearTimeout(watch);
      if (failed !== null) resolve({ kind: 'failed', outcome: failed });
      else if (code === 0 && seed > to) resolve({ kind: 'passed' });
      else resolve(fallen(seed, `exit ${code ?? signal}: ${errors.trim()}`));
    });
  });
}

/** An assertion of the product that nobody caught is a finding like any other. */
function fallen(seed: number, message: string): RunEnd {
  const invariant = message.includes('InvariantViolation')
    ? 'crash'
    : /^Violation: (\w+):/m.exec(message)?.[1];
  if (invariant === undefined) return { kind: 'died', seed, message };
  return { kind: 'failed', outcome: { seed, ok: false, invariant, message } };
}

const ERRORS_MAX = 4_000;
