import type { Spread } from '../statistics.ts';
import { COLOURS, round, svgOf, text, valueAxis, yOf, type Box, type PlotTexts } from './frame.ts';

/** At which share of the messages, in per cent, which value is not exceeded. */
export interface CurvePoint {
  readonly percentile: number;
  readonly value: Spread;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

/**
 * Percentile curves with a logarithmic axis of nines, so that one message in ten thousand has as much
 * room as one in ten: the median of the repetitions as a line, lowest to highest as a band.
 */
export function curvesSvg(texts: PlotTexts, curves: readonly Curve[]): string {
  const box: Box = { left: 90, top: 64 + curves.length * 16, width: 620, height: 320 };
  const points = curves.flatMap((curve) => curve.points);
  const highest = Math.max(...points.map(({ value }) => value.max), Number.MIN_VALUE) * 1.05;
  const last = Math.max(1, ...points.map(({ percentile }) => ninesOf(percentile)));
  const xOf = (percentile: number): number =>
    round(box.left + (box.width * Math.min(last, ninesOf(percentile))) / last);
  const at = ({ percentile, value }: CurvePoint, which: keyof Spread): string =>
    `${xOf(percentile)},${round(yOf(box, value[which], highest))}`;
  const content = valueAxis(box, highest);
  for (const percentile of LABELLED) {
    if (ninesOf(percentile) > last + 1e-9) continue;
    const x = xOf(percentile);
    content.push(
      `<line x1="${x}" y1="${box.top}" x2="${x}" y2="${box.top + box.height}" stroke="#dddddd"/>`,
      text(x, box.top + box.height + 16, `${percentile} %`, 'text-anchor="middle"'),
    );
  }
  content.push(
    text(box.left, box.top + box.height + 36, 'share of the messages, logarithmic from its end'),
  );
  curves.forEach(({ name, points: shown }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? COLOURS[0];
    const band = [
      ...shown.map((point) => at(point, 'max')),
      ...shown.toReversed().map((point) => at(point, 'min')),
    ];
    content.push(
      `<polygon points="${band.join(' ')}" fill="${colour}" fill-opacity="0.15"/>`,
      `<polyline points="${shown.map((point) => at(point, 'median')).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<rect x="${box.left}" y="${54 + index * 16}" width="12" height="4" fill="${colour}"/>`,
      text(box.left + 18, 60 + index * 16, name),
    );
  });
  return svgOf(texts, box, content);
}

/** 90 % is 1, 99 % is 2, 99.9 % is 3. */
export function ninesOf(percentile: number): number {
  return -Math.log10(1 - percentile / 100);
}

const LABELLED = [0, 50, 90, 99, 99.9, 99.99, 99.999];
