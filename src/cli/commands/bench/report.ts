/** How an experiment is printed: its figures, and beside them what they were taken of and on. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { Surroundings } from '../../../../bench/machine.ts';
import type { Bar } from '../../../../bench/plot/bars.ts';
import type { Curve } from '../../../../bench/plot/curve.ts';
import { note, print, type Cli } from '../../cli.ts';
import { formatOf, printRows, type Column, type OutputOptions } from '../../output.ts';
import { thisPackage } from '../../package.ts';

export interface Report<Row> {
  /** What was measured, and in what unit. */
  readonly title: string;
  /** What was asked for, by name, with the defaults filled in. */
  readonly configuration: Configuration;
  /** Versions of others that were measured beside, by name. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Drawn into `--plot`, and bars below the table on a terminal too. */
  readonly bars?: { readonly unit: string; readonly bars: readonly Bar[] };
  readonly curves?: { readonly unit: string; readonly curves: readonly Curve[] };
}

export type Configuration = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[]>
>;

export interface ReportOptions extends OutputOptions {
  readonly dataDir?: string;
  readonly plot?: string;
}

/**
 * Prints it: in a table's case with the title and where the figures come from above it, else with all
 * of that in every row, so that a row that is kept by itself still says what it is.
 */
export async function printReport<Row extends object>(
  cli: Cli,
  options: ReportOptions,
  report: Report<Row>,
): Promise<void> {
  const { title, configuration, columns } = report;
  const { machine, versions } = await surroundingsOfRun(options, report);
  const provenance = provenanceOf({ machine, versions, configuration });
  if (formatOf(cli, options) === 'table') {
    print(cli, headingOf({ title, machine, versions, configuration }));
    printRows(cli, options, report.rows, columns);
    await printBars(cli, report);
  } else {
    const rows = report.rows.map((row) => ({ title, ...row, machine, versions, configuration }));
    printRows(cli, options, rows, columns);
  }
  if (options.plot !== undefined) await writePlot(cli, options.plot, report, provenance);
}

/** Adds `--plot` to a command whose report can be drawn. */
export function withPlot(command: Command): Command {
  return command.option('--plot <file.svg>', 'draw it, median with minimum and maximum', svgFile);
}

function svgFile(file: string): string {
  if (!file.endsWith('.svg')) throw new InvalidArgumentError('It must end in .svg.');
  // Found out now, not when all has been measured.
  if (!existsSync(path.dirname(path.resolve(file)))) {
    throw new InvalidArgumentError('Its directory does not exist.');
  }
  return file;
}

async function printBars<Row>(cli: Cli, { bars }: Report<Row>): Promise<void> {
  if (bars === undefined || cli.stdout.isTTY !== true) return;
  const { barsText } = await import('../../../../bench/plot/bars.ts');
  print(cli, `\n${bars.unit}\n${barsText(bars.bars, cli.stdout.columns ?? 80)}`);
}

async function writePlot<Row>(
  cli: Cli,
  file: string,
  { title, bars, curves }: Report<Row>,
  provenance: readonly string[],
): Promise<void> {
  if (curves !== undefined) {
    const { curvesSvg } = await import('../../../../bench/plot/curve.ts');
    await writeFile(file, curvesSvg({ title, unit: curves.unit, provenance }, curves.curves));
  } else if (bars !== undefined) {
    const { barsSvg } = await import('../../../../bench/plot/bars.ts');
    await writeFile(file, barsSvg({ title, unit: bars.unit, provenance }, bars.bars));
  }
  note(cli, `drawn into ${file}`);
}

async function surroundingsOfRun<Row>(
  { dataDir }: ReportOptions,
  report: Report<Row>,
): Promise<Surroundings> {
  const { surroundingsOf } = await import('../../../../bench/machine.ts');
  const { version, directory } = thisPackage();
  const ours = await surroundingsOf({ version, directory, dataDirectory: dataDir });
  return { ...ours, versions: { ...ours.versions, ...report.versions } };
}

/** Exported for its test. */
export function headingOf({
  title,
  machine,
  versions,
  configuration,
}: Surroundings & { readonly title: string; readonly configuration: Configuration }): string {
  return `${[title, ...provenanceOf({ machine, versions, configuration })].join('\n')}\n`;
}

/** The options of a command that say what is measured, and `fixed`: what it does not ask for. */
export function configurationOf(options: object, fixed: Configuration = {}): Configuration {
  const asked = Object.entries(options).filter(
    ([name, value]) => value !== undefined && !NOT_MEASURED.has(name),
  );
  return { ...(Object.fromEntries(asked) as Configuration), ...fixed };
}

const NOT_MEASURED: ReadonlySet<string> = new Set(['format', 'json', 'verbose', 'dataDir', 'plot']);

/** Three lines: the machine, versions, configuration. */
export function provenanceOf({
  machine,
  versions,
  configuration,
}: Surroundings & { readonly configuration: Configuration }): string[] {
  const list = (entries: Readonly<Record<string, unknown>>): string =>
    Object.entries(entries)
      .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join('/') : String(value)}`)
      .join(', ');
  return [
    `machine: ${machine}`,
    `versions: ${list(versions)}`,
    `configuration: ${list(configuration)}`,
  ];
}
