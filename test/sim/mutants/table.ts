import type { Exemption, Mutant } from './mutant.ts';

/** What became of a mutant, as the README says it. */
export interface Row {
  readonly name: string;
  /** The invariant that failed; `–` where none did or nobody has looked. */
  readonly caughtBy: string;
  /** The first seed that failed, which is how many were needed; `–` likewise. */
  readonly seed: string;
  /** The first story that fails without the guard; `none` where all hold, `–` where nobody told any. */
  readonly story: string;
}

const BEGIN = '<!-- mutants: begin -->';
const END = '<!-- mutants: end -->';
/** Nobody has looked. */
export const NOTHING = '–';
/** All stories hold. */
export const NO_STORY = 'none';

export function unknownRow(name: string): Row {
  return { name, caughtBy: NOTHING, seed: NOTHING, story: NOTHING };
}

/** Whether a world or a story has shown what is missing. */
export function isCaught(row: Row = unknownRow('')): boolean {
  return row.seed !== NOTHING || (row.story !== NOTHING && row.story !== NO_STORY);
}

/** The tables of mutants and of exemptions, for the README; prettier has the last word on its layout. */
export function renderTables(
  mutants: readonly Mutant[],
  rows: ReadonlyMap<string, Row>,
  exemptions: readonly Exemption[],
): string {
  const lines = [
    '| mutant | harms | what is switched off | what goes wrong | caught by | seed | story |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...mutants.map(({ name, what, harm, harms }) => {
      const row = rows.get(name);
      return cells([
        `\`${name}\``,
        harms,
        what,
        harm,
        row?.caughtBy ?? NOTHING,
        row?.seed ?? NOTHING,
        row?.story ?? NOTHING,
      ]);
    }),
    '',
    'Guards that no mutant switches off:',
    '',
    '| rule | guard | why | noticed by |',
    '| --- | --- | --- | --- |',
    ...exemptions.map(({ rule, guard, reason, noticedBy }) =>
      cells([rule, guard, reason, noticedBy]),
    ),
  ];
  return lines.join('\n');
}

/** The rows of a table that `renderTables` made. */
export function parseRows(markdown: string): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const line of sectionOf(markdown).split('\n')) {
    const name = /^\| `([^`]+)` +\|/.exec(line)?.[1];
    if (name === undefined) continue;
    const columns = line.split('|').map((cell) => cell.trim());
    const [caughtBy = NOTHING, seed = NOTHING, story = NOTHING] = columns.slice(-4, -1);
    rows.set(name, { name, caughtBy, seed, story });
  }
  return rows;
}

/** Puts `tables` between the two markers. Throws where they are missing. */
export function replaceSection(markdown: string, tables: string): string {
  const [begin, end] = boundsOf(markdown);
  return `${markdown.slice(0, begin)}\n\n${tables}\n\n${markdown.slice(end)}`;
}

function sectionOf(markdown: string): string {
  const [begin, end] = boundsOf(markdown);
  return markdown.slice(begin, end);
}

function boundsOf(markdown: string): [number, number] {
  const begin = markdown.indexOf(BEGIN);
  const end = markdown.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README lacks ${BEGIN} and ${END}`);
  return [begin + BEGIN.length, end];
}

function cells(columns: readonly string[]): string {
  return `| ${columns.map((column) => column.replaceAll('|', '\\|')).join(' | ')} |`;
}
