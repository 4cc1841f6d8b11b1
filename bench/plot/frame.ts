/** What every plot has: a title, the lines below it that say where it comes from, and an axis of values. */

export interface PlotTexts {
  readonly title: string;
  /** Of the values, for their axis. */
  readonly unit: string;
  /** Machine, versions, configuration: a line each. */
  readonly provenance: readonly string[];
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A whole SVG file around `content`, which lies in the frame’s box. */
export function svgOf(texts: PlotTexts, box: Box, content: readonly string[]): string {
  const width = box.left + box.width + MARGIN;
  const foot = box.top + box.height + FOOT;
  const lines = texts.provenance.flatMap((line) => wrapped(line, Math.floor(width / 6)));
  const height = foot + lines.length * LINE + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN, 24, texts.title, 'font-size="16" font-weight="bold"'),
    text(MARGIN, 44, texts.unit, 'fill="#555555"'),
    ...content,
    ...lines.map((line, index) =>
      text(MARGIN, foot + index * LINE, line, 'font-size="10" fill="#555555"'),
    ),
    '</svg>',
    '',
  ].join('\n');
}

/** Lines across the box at round values from 0 up, each with its number. */
export function valueAxis(box: Box, highest: number): string[] {
  return ticksTo(highest).flatMap((value) => {
    const y = round(yOf(box, value, highest));
    return [
      `<line x1="${box.left}" y1="${y}" x2="${box.left + box.width}" y2="${y}" stroke="#dddddd"/>`,
      text(box.left - 6, y + 4, value.toLocaleString('en'), 'text-anchor="end"'),
    ];
  });
}

/** Where a value lies in the box; the highest value lies at its top. */
export function yOf(box: Box, value: number, highest: number): number {
  return box.top + box.height * (1 - value / highest);
}

/** Round values from 0 to `highest`, which the last may not reach: four to ten of them. */
export function ticksTo(highest: number): number[] {
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [0.1, 0.2, 0.5, 1, 2].find((each) => highest / (each * power) <= 8) ?? 2;
  const ticks: number[] = [];
  // Counted, not added up: a tenth is not exactly that.
  for (let index = 0; index * step * power <= highest * (1 + 1e-9); index += 1) {
    ticks.push(Number((index * step * power).toPrecision(12)));
  }
  return ticks;
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;
}

/** A tenth of a pixel is more than anybody sees. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export const COLOURS = ['#2f6f9f', '#d1752c', '#4c9a5b', '#8a5aa8'] as const;
export const MARGIN = 16;

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}

function wrapped(line: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Below the box: room for what stands under the values. */
const FOOT = 72;
const LINE = 14;
