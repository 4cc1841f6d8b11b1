import { Option, type Command } from 'commander';
import { stringify } from 'yaml';
import { print, type Cli } from './cli.ts';
import { usageError } from './command-error.ts';

export type Format = 'table' | 'json' | 'ndjson' | 'yaml';

const FORMATS = ['table', 'json', 'ndjson', 'yaml'] as const;

export interface OutputOptions {
  readonly format?: Format;
  readonly json?: true;
}

/** One column of a table. Numbers stand to the right. */
export interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row) => string | number | boolean | null;
}

/** Adds `--format` and `--json` to a command that prints data. */
export function withOutputOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--format <format>',
        'how to print: a table on a terminal, json otherwise, unless told',
      ).choices([...FORMATS]),
    )
    .option('--json', 'short for --format json');
}

/** What was asked for; a table on a terminal and JSON elsewhere if nothing was. */
export function formatOf(cli: Cli, { format, json }: OutputOptions): Format {
  if (json === true && format !== undefined && format !== 'json') {
    throw usageError(`--json and --format ${format} cannot both be`);
  }
  return json === true ? 'json' : (format ?? (cli.stdout.isTTY === true ? 'table' : 'json'));
}

/** Prints a list: a table, an array, or one value a line. */
export function printRows<Row>(
  cli: Cli,
  options: OutputOptions,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): void {
  switch (formatOf(cli, options)) {
    case 'table':
      return print(cli, formatTable(rows, columns));
    case 'json':
      return print(cli, JSON.stringify(rows, null, 2));
    case 'ndjson':
      return rows.forEach((row) => print(cli, JSON.stringify(row)));
    case 'yaml':
      return print(cli, stringify(rows).trimEnd());
  }
}

/** Prints one value: as it is, or as the text that `table` makes of it. */
export function printValue<Value>(
  cli: Cli,
  options: OutputOptions,
  value: Value,
  table: (value: Value) => string,
): void {
  switch (formatOf(cli, options)) {
    case 'table':
      return print(cli, table(value));
    case 'json':
      return print(cli, JSON.stringify(value, null, 2));
    case 'ndjson':
      return print(cli, JSON.stringify(value));
    case 'yaml':
      return print(cli, stringify(value).trimEnd());
  }
}

/** Aligned columns without lines, easy on `grep` and `awk`. */
export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map(({ value }) => value(row)));
  const texts = cells.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const widths = columns.map(({ header }, index) =>
    Math.max(header.length, ...texts.map((row) => row[index]?.length ?? 0)),
  );
  const isNumeric = columns.map(
    (_, index) =>
      cells.some((row) => typeof row[index] === 'number') &&
      cells.every((row) => typeof row[index] === 'number' || row[index] === null),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return isNumeric[index] === true ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ header }) => header)), ...texts.map(line)].join('\n');
}
