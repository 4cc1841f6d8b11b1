/**
 * One guard of the replication rules, switched off. The production code has no switch for it: the
 * sources are patched while the simulator is bundled, so what ships is what is read.
 */
export interface Mutant {
  /** Begins with the rule, so that `--mutant X3` names all mutants of one rule. */
  readonly name: string;
  /** As numbered in `src/replication/README.md`; `S4` is the start after a stop. */
  readonly rule: Rule;
  /** One sentence: what is switched off. */
  readonly what: string;
  /** One sentence: what goes wrong in a cluster without it. */
  readonly harm: string;
  /** `liveness`: nothing is lost, something never happens, or far too late. */
  readonly harms: 'safety' | 'liveness';
  readonly patches: readonly Patch[];
}

/** An exact text of a source file, and what stands in its place. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A guard that no mutant switches off, and why. */
export interface Exemption {
  readonly rule: Rule;
  readonly guard: string;
  /** Why it cannot be switched off, or why nothing goes wrong when it is. */
  readonly reason: string;
  /** What notices if the reason is wrong, or the guard missing. */
  readonly noticedBy: string;
}

// prettier-ignore
export const RULES = [
  'L1', 'L2', 'L3', 'L4', 'L5', 'L6', 'L7',
  'C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8',
  'F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'S4',
  'X1', 'X2', 'X3', 'X4', 'X5', 'X6', 'X7', 'X8', 'X9', 'X10', 'X11', 'X12', 'X13',
  'P1', 'P2', 'P3', 'P4', 'P5', 'T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T9', 'G14', 'G15', 'G16',
] as const;

export type Rule = (typeof RULES)[number];

/** Throws unless the text of every patch of this file is there exactly once when its turn comes. */
export function applyPatches(source: string, file: string, patches: readonly Patch[]): string {
  let patched = source;
  for (const patch of patches) {
    if (patch.file !== file) continue;
    const parts = patched.split(patch.find);
    if (parts.length !== 2) {
      throw new Error(
        `${file} has this text ${parts.length - 1} times instead of once:\n${patch.find}`,
      );
    }
    patched = parts.join(patch.replace);
  }
  return patched;
}
