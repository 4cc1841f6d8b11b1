import { expect, test } from 'vitest';
import type { Mutant } from './mutant.ts';
import type { RunEnd } from './runner.ts';
import { judgeSquad, type Live } from './squad.ts';

const mutant = (name: string): Mutant => ({
  name,
  rule: 'L1',
  what: '',
  harm: '',
  harms: 'safety',
  patches: [],
});

const SQUAD = ['a', 'b', 'c', 'd', 'e'].map(mutant);

/** Worlds that fail where `broken` says so of the names that are switched off. */
function worlds(broken: (seed: number, off: ReadonlySet<string>) => boolean): Live {
  return (mutants, from, to) => {
    const off = new Set(mutants.map(({ name }) => name));
    for (let seed = from; seed <= to; seed++) {
      if (!broken(seed, off)) continue;
      const outcome = { seed, ok: false, invariant: 'S1', message: 'as it is' };
      return Promise.resolve<RunEnd>({ kind: 'failed', outcome });
    }
    return Promise.resolve<RunEnd>({ kind: 'passed' });
  };
}

async function judged(live: Live): Promise<Record<string, number | null>> {
  const verdicts: Record<string, number | null> = {};
  await judgeSquad(SQUAD, 100, live, ({ mutant: { name }, seed }) => {
    expect(verdicts).not.toHaveProperty(name);
    verdicts[name] = seed;
  });
  return verdicts;
}

test('who fails a world is found among many, also several in the same world', async () => {
  const seen = await judged(
    worlds(
      (seed, off) =>
        (seed === 3 && (off.has('b') || off.has('e'))) || (seed === 90 && off.has('c')),
    ),
  );
  expect(seen).toEqual({ a: null, b: 3, c: 90, d: null, e: 3 });
});

test('a world that fails without any mutant proves nothing', async () => {
  expect(await judged(worlds((seed) => seed === 7))).toEqual({
    a: null,
    b: null,
    c: null,
    d: null,
    e: null,
  });
});

test('a mutant that fails a world only beside another is judged without it', async () => {
  const seen = await judged(
    worlds(
      (seed, off) => (seed === 5 && off.has('a') && off.has('d')) || (seed === 60 && off.has('a')),
    ),
  );
  expect(seen).toEqual({ a: 60, b: null, c: null, d: null, e: null });
});

test('of several that fail a world together one is put aside, and nobody else', async () => {
  const begun: string[] = [];
  const live = worlds((seed, off) => seed === 5 && off.has('b') && off.has('e'));
  await judged((mutants, from, to) => {
    if (from === 1) begun.push(mutants.map(({ name }) => name).join(''));
    return live(mutants, from, to);
  });
  expect(begun).toEqual(['abcde', 'b']);
});

test('a process that falls over once is no finding', async () => {
  let fallen = false;
  const live = worlds(() => false);
  const seen = await judged((mutants, from, to) => {
    if (fallen || mutants.length < 5) return live(mutants, from, to);
    fallen = true;
    return Promise.resolve<RunEnd>({ kind: 'died', seed: 2, message: 'out of memory' });
  });
  expect(Object.values(seen)).toEqual([null, null, null, null, null]);
});
