/** What `npm run fuzz` says at the end. */
import type { SurfaceReport } from './run-surface.ts';

/** A table with a line for each surface, and below it what each refused with. */
export function reportTable(reports: readonly SurfaceReport[]): string {
  const rows = [
    [
      'surface',
      'inputs',
      'accepted',
      'refused',
      'slowest ms',
      'per second',
      'grown KiB',
      'failures',
    ],
    ...reports.map((report) => [
      report.surface,
      String(report.inputs),
      String(report.accepted),
      String([...report.refused.values()].reduce((sum, count) => sum + count, 0)),
      report.slowestMs.toFixed(1),
      report.inputsPerSecond.toFixed(0),
      (report.grownBytes / 1024).toFixed(0),
      String(report.failures.length),
    ]),
  ];
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths?.[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  '),
  );
  return ['', ...lines, '', ...reports.map(refusalsOf)].join('\n');
}

/** The most frequent first. */
function refusalsOf({ surface, refused }: SurfaceReport): string {
  const sorted = [...refused].sort(([, a], [, b]) => b - a);
  return `${surface} refused by ${sorted.map(([code, count]) => `${code} ${count}`).join(', ')}`;
}
