import { expect, test } from 'vitest';
import { barsSvg, barsText } from '../../../bench/plot/bars.ts';
import { curvesSvg, ninesOf } from '../../../bench/plot/curve.ts';
import { ticksTo } from '../../../bench/plot/frame.ts';

const TEXTS = { title: 'Rates <&>', unit: 'messages/s', provenance: ['machine: 2 × CPU'] };
const BARS = [
  { label: 'fsync', group: 'acks', spread: { median: 100, min: 50, max: 200 } },
  { label: 'page-cache', group: 'acks', spread: { median: 200, min: 200, max: 200 } },
  { label: 'none', group: 'keys', spread: null },
];

test('ticks are round and reach up to the highest value', () => {
  expect(ticksTo(7)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(ticksTo(0.3)).toEqual([0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]);
  for (const highest of [0.0123, 1, 9.99, 10, 123_456, 3e6]) {
    const ticks = ticksTo(highest);
    expect(ticks.length, String(highest)).toBeGreaterThanOrEqual(4);
    expect(ticks.length, String(highest)).toBeLessThanOrEqual(11);
    expect(ticks.at(-1)).toBeLessThanOrEqual(highest * 1.001);
  }
});

test('bars have their medians, whiskers, labels and where they come from', () => {
  const svg = barsSvg(TEXTS, BARS);
  expect(svg.match(/<path d="M/g)).toHaveLength(2);
  for (const text of [
    'Rates &#60;&#38;&#62;',
    'messages/s',
    '>fsync<',
    '>keys<',
    '>failed<',
    'CPU',
  ]) {
    expect(svg).toContain(text);
  }
  // A bar of twice the median is twice as high.
  const heights = [...svg.matchAll(/height="([\d.]+)" fill="#2f6f9f"/g)].map(([, height]) =>
    Number(height),
  );
  expect((heights[1] ?? 0) / (heights[0] ?? 1)).toBeCloseTo(2, 1);
});

test('bars on a terminal are as wide as it is', () => {
  const lines = barsText(BARS, 50).split('\n');
  expect(lines.map((line) => line.slice(0, 23))).toEqual([
    'acks fsync          100',
    'acks page-cache     200',
    'keys none        failed',
  ]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50);
  expect(lines[0]).toMatch(/█+░+─+$/);
});

test('a curve gives each nine the same room', () => {
  expect([90, 99, 99.9].map((percentile) => Math.round(ninesOf(percentile) * 1e6) / 1e6)).toEqual([
    1, 2, 3,
  ]);
  const point = (percentile: number, median: number) => ({
    percentile,
    value: { median, min: median, max: median },
  });
  const svg = curvesSvg(TEXTS, [
    { name: 'acknowledgement', points: [point(0, 1), point(90, 2), point(99, 4)] },
  ]);
  const [, line = ''] = /<polyline points="([^"]+)"/.exec(svg) ?? [];
  const xs = line.split(' ').map((pair) => Number(pair.split(',')[0]));
  expect((xs[2] ?? 0) - (xs[1] ?? 0)).toBeCloseTo((xs[1] ?? 0) - (xs[0] ?? 0), 0);
  expect(svg).toContain('acknowledgement');
});
