import { expect, test } from 'vitest';
import { AXIS_NAMES, BASE_POINT, matrixOf, messagesOf } from '../../../bench/scale.ts';

test('every place differs from the base point along its own axis only', () => {
  const along: Record<string, readonly string[]> = {
    keys: ['keyed'],
    compression: ['compressible', 'compression'],
  };
  for (const { axis, label, point } of matrixOf(AXIS_NAMES)) {
    const differs = Object.entries(point)
      .filter(([name, value]) => value !== BASE_POINT[name as keyof typeof BASE_POINT])
      .map(([name]) => name);
    for (const name of differs) expect(along[axis] ?? [axis], `${axis} ${label}`).toContain(name);
  }
});

test('the base point lies once on each axis', () => {
  for (const axis of AXIS_NAMES) {
    const base = matrixOf([axis]).filter(
      ({ point }) => JSON.stringify(point) === JSON.stringify(BASE_POINT),
    );
    expect(base, axis).toHaveLength(1);
  }
});

test('an axis has the places that are asked of it', () => {
  expect(matrixOf(['partitions', 'acks']).map(({ axis, label }) => `${axis} ${label}`)).toEqual([
    'partitions 1',
    'partitions 10',
    'partitions 100',
    'partitions 1000',
    'partitions 10000',
    'acks 0',
    'acks 1',
    'acks all',
  ]);
});

test('larger messages are fewer, and never none', () => {
  const of = (size: number, messages: number) => messagesOf({ ...BASE_POINT, size }, messages);
  expect([of(10, 1_000), of(100, 1_000), of(1_000, 1_000), of(10_000, 1_000)]).toEqual([
    1_000, 1_000, 100, 10,
  ]);
  expect(of(10_000, 5)).toBe(1);
});
