import { createInterface } from 'node:readline';
import type { Cli } from './cli.ts';

/** Whether the person in front says yes; the end of input is a no. */
export async function confirm(cli: Cli, question: string): Promise<boolean> {
  cli.stderr.write(question);
  const lines = createInterface({ input: cli.stdin });
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
