import path from 'node:path';
import { cached, isInstalled, runTool, type Missing } from './tools.ts';

/**
 * The jars that a pom names, as a class path, or the reason why there are none on this machine. They
 * come from Maven once, into `.cache/`; another pom gets another directory.
 */
export async function mavenJars(
  pom: string,
  name: string,
  cache?: string,
): Promise<{ readonly classPath: string } | Missing> {
  if (!(await isInstalled('java', ['-version']))) return { missing: 'java is not installed' };
  const place = { name, files: [pom], ...(cache === undefined ? {} : { cache }) };
  const jars = await cached(place, async (directory) => {
    if (!(await isInstalled('mvn', ['-v']))) return { missing: 'mvn is not installed' };
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${directory}`];
    const { exitCode, stdout, stderr } = await runTool('mvn', ['-q', '-B', '-f', pom, ...goal]);
    if (exitCode === 0) return null;
    return { missing: `maven could not fetch it: ${(stdout + stderr).trim()}` };
  });
  return typeof jars === 'string' ? { classPath: path.join(jars, '*') } : jars;
}
