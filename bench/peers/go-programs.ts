import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { cached, isInstalled, runTool, type Missing } from './tools.ts';

/**
 * The programs of a Go module and those that it names as its tools, built once into a directory of
 * `.cache/`, or the reason why not. Modules are those of its `go.sum`; another one gets another
 * directory.
 */
export async function goPrograms(
  module: string,
  name: string,
  packages: readonly string[],
): Promise<{ readonly directory: string } | Missing> {
  if (!(await isInstalled('go', ['version']))) return { missing: 'go is not installed' };
  const files = readdirSync(module)
    .filter((file) => /(\.go|^go\.mod|^go\.sum)$/.test(file))
    .sort()
    .map((file) => path.join(module, file));
  const programs = await cached({ name, files }, async (directory) => {
    mkdirSync(directory, { recursive: true });
    const args = ['build', '-trimpath', '-buildvcs=false', '-o', `${directory}/`, ...packages];
    const { exitCode, stdout, stderr } = await runTool('go', args, { directory: module });
    if (exitCode === 0) return null;
    return { missing: `go could not build it: ${(stdout + stderr).trim()}` };
  });
  return typeof programs === 'string' ? { directory: programs } : programs;
}
