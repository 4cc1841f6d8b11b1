import { Readable } from 'node:stream';
import type { Input } from '../../../src/cli/cli.ts';
import { main } from '../../../src/cli/index.ts';

/** Runs the command in this process, on a pretended terminal or none, and keeps what it wrote. */
export async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input: Uint8Array | string | Input = '',
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') => ({
    write: (chunk: unknown) => {
      written[name] += String(chunk);
      return true;
    },
  });
  const stdin = input instanceof Readable ? input : Readable.from([Buffer.from(input)]);
  const surroundings = { environment, stdin, stdout: into('stdout'), stderr: into('stderr') };
  return { code: await main(argv, surroundings), ...written };
}
