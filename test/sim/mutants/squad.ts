import type { Mutant } from './mutant.ts';
import type { RunEnd } from './runner.ts';

/** What became of one mutant. */
export interface Verdict {
  readonly mutant: Mutant;
  /** The invariant that noticed; null: nothing did. */
  readonly caughtBy: string | null;
  /** The seed on which the mutant alone fails. */
  readonly seed: number | null;
  readonly message: string;
}

/** Lives these seeds, in order, with all of these mutants at once; ends at the first that fails. */
export type Live = (mutants: readonly Mutant[], from: number, to: number) => Promise<RunEnd>;

const SEEDS_PER_PROCESS = 40;

/**
 * Judges mutants on the same worlds, all of them at once: group testing, since most worlds show
 * nothing of most mutants. Where a world fails, halves of the squad live it again until one mutant is
 * found that fails it alone; only that counts as caught, and the squad goes on from there without it.
 * A mutant that fails a world only in company is put aside and judged at the end, without the company. A world
 * that fails without any mutant proves nothing and is passed over.
 *
 * A mutant that survives has survived in company: one that hides another is possible, and the smaller
 * the squad the less so.
 */
export async function judgeSquad(
  squad: readonly Mutant[],
  seeds: number,
  live: Live,
  tell: (verdict: Verdict) => void,
): Promise<void> {
  const aside: Mutant[] = [];
  let left = squad;
  for (let from = 1; from <= seeds && left.length > 0;) {
    // What the worlds leave in a process’s memory goes with it.
    const to = Math.min(from + SEEDS_PER_PROCESS - 1, seeds);
    const end = await live(left, from, to);
    if (end.kind === 'passed') {
      from = to + 1;
      continue;
    }
    const seed = end.kind === 'failed' ? end.outcome.seed : end.seed;
    const found = await culprit(left, end, seed, live);
    if (found === 'the world') {
      from = seed + 1;
      continue;
    }
    left = left.filter((mutant) => mutant !== found.mutant);
    if (found.end === null) aside.push(found.mutant);
    else tell(verdictOf(found.mutant, found.end));
    from = seed;
  }
  for (const mutant of left) {
    tell({ mutant, caughtBy: null, seed: null, message: `survives ${seeds} seeds` });
  }
  if (aside.length > 0) await judgeSquad(aside, seeds, live, tell);
}

interface Found {
  readonly mutant: Mutant;
  /** How the world ended with this mutant alone; null where it fails only beside others. */
  readonly end: RunEnd | null;
}

/** Whose fault it is that the world of this seed ended as it did. */
async function culprit(
  squad: readonly Mutant[],
  end: RunEnd,
  seed: number,
  live: Live,
): Promise<Found | 'the world'> {
  if ((await live([], seed, seed)).kind !== 'passed') return 'the world';
  // A process that fell over for what earlier worlds had left in it.
  if (end.kind === 'died' && (await live(squad, seed, seed)).kind === 'passed') return 'the world';
  let [suspects, last] = [squad, end];
  for (let narrowed = true; narrowed && suspects.length > 1;) {
    narrowed = false;
    const middle = suspects.length >> 1;
    for (const half of [suspects.slice(0, middle), suspects.slice(middle)]) {
      const again = await live(half, seed, seed);
      if (again.kind === 'passed') continue;
      [suspects, last, narrowed] = [half, again, true];
      break;
    }
  }
  if (suspects.length === 1) return { mutant: suspects[0] as Mutant, end: last };
  // It takes several: whoever is not needed is left out, until only they are left.
  for (const suspect of suspects) {
    const others = suspects.filter((each) => each !== suspect);
    const again = await live(others, seed, seed);
    if (again.kind === 'passed') continue;
    [suspects, last] = [others, again];
    if (others.length === 1) break;
  }
  const isAlone = suspects.length === 1;
  return { mutant: suspects[0] as Mutant, end: isAlone ? last : null };
}

function verdictOf(mutant: Mutant, end: RunEnd): Verdict {
  if (end.kind === 'failed') {
    const { invariant, seed, message } = end.outcome;
    return { mutant, caughtBy: invariant ?? 'unknown', seed, message: message ?? '' };
  }
  const why = end.kind === 'died' ? `seed ${end.seed}: ${end.message}` : end.kind;
  return { mutant, caughtBy: null, seed: null, message: `the simulator itself died on ${why}` };
}
