import type { Spread } from '../statistics.ts';
import {
  COLOURS,
  MARGIN,
  round,
  svgOf,
  text,
  valueAxis,
  yOf,
  type Box,
  type PlotTexts,
} from './frame.ts';

export interface Bar {
  readonly label: string;
  /** Bars of one group stand together and have one colour. */
  readonly group?: string;
  /** Null: nothing could be measured. */
  readonly spread: Spread | null;
}

/** A bar for each median, with a whisker from the lowest to the highest repetition. */
export function barsSvg(texts: PlotTexts, bars: readonly Bar[]): string {
  const groups = [...new Set(bars.map(({ group }) => group ?? ''))];
  const inner = bars.length * SLOT + (groups.length - 1) * GAP;
  const box: Box = { left: 90, top: 64, width: Math.max(420, inner + 2 * GAP), height: 280 };
  const highest = Math.max(...bars.map(({ spread }) => spread?.max ?? 0), Number.MIN_VALUE) * 1.05;
  const content = valueAxis(box, highest);
  bars.forEach(({ label, group = '', spread }, index) => {
    const which = groups.indexOf(group);
    const x = box.left + GAP + index * SLOT + which * GAP;
    const middle = x + SLOT / 2;
    const foot = box.top + box.height;
    if (spread !== null) {
      const [top, low, high] = [spread.median, spread.min, spread.max].map((value) =>
        round(yOf(box, value, highest)),
      ) as [number, number, number];
      const colour = COLOURS[which % COLOURS.length] ?? COLOURS[0];
      content.push(
        `<rect x="${x + 6}" y="${top}" width="${SLOT - 12}" height="${round(foot - top)}" fill="${colour}"/>`,
        `<path d="M${middle} ${low}V${high}M${middle - 5} ${low}h10M${middle - 5} ${high}h10" stroke="#222222" fill="none"/>`,
        text(middle, high - 6, spread.median.toLocaleString('en'), CENTRED_SMALL),
      );
    } else {
      content.push(text(middle, foot - 6, 'failed', CENTRED_SMALL));
    }
    // Two rows, so that long labels of neighbours do not lie on each other.
    content.push(text(middle, foot + 16 + (index % 2) * 14, label, CENTRED_SMALL));
    if (group !== '' && bars[index - 1]?.group !== group) {
      content.push(text(x + 6, foot + 48, group, 'font-weight="bold"'));
    }
  });
  return svgOf(texts, { ...box, width: box.width - MARGIN }, content);
}

/** The same for a terminal of so many columns: a line for each bar, `─` from lowest to highest. */
export function barsText(bars: readonly Bar[], columns: number): string {
  const names = bars.map(({ label, group }) => (group === undefined ? label : `${group} ${label}`));
  const numbers = bars.map(({ spread }) => spread?.median.toLocaleString('en') ?? 'failed');
  const nameWidth = Math.max(...names.map((name) => name.length));
  const numberWidth = Math.max(...numbers.map((number) => number.length));
  const width = Math.max(10, columns - nameWidth - numberWidth - 4);
  const highest = Math.max(...bars.map(({ spread }) => spread?.max ?? 0));
  const place = (value: number): number =>
    highest === 0 ? 0 : Math.round((value / highest) * width);
  return bars
    .map(({ spread }, index) => {
      const line = Array.from({ length: width }, () => ' ');
      if (spread !== null) {
        line.fill('█', 0, place(spread.median));
        line.fill('░', place(spread.min), place(spread.median));
        line.fill('─', place(spread.median), place(spread.max));
      }
      const number = numbers[index] ?? '';
      return `${(names[index] ?? '').padEnd(nameWidth)}  ${number.padStart(numberWidth)}  ${line.join('')}`.trimEnd();
    })
    .join('\n');
}

const SLOT = 64;
const GAP = 16;
const CENTRED_SMALL = 'text-anchor="middle" font-size="10"';
