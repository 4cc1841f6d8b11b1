import { execFile } from 'node:child_process';

export interface ShellResult {
  /** Null if it was ended by a signal, or never started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShellOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Ends it by SIGKILL. */
  readonly signal?: AbortSignal;
}

/** Runs a program to its end, however it ends. Ended by SIGKILL when its time is over. */
export function tryShell(
  command: readonly string[],
  options: ShellOptions = {},
): Promise<ShellResult> {
  const [program = '', ...args] = command;
  const { input, timeoutMs = 10_000, signal } = options;
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        signal?.removeEventListener('abort', kill);
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        // A program that is not there has written nothing.
        resolve({ code, stdout, stderr: stderr === '' ? (error?.message ?? '') : stderr });
      },
    );
    // Not the option `signal`, which sends SIGTERM: a program may take its time with that.
    const kill = (): void => void child.kill('SIGKILL');
    if (signal?.aborted === true) kill();
    signal?.addEventListener('abort', kill);
    child.stdin?.on('error', () => {}); // It may end before it has read everything.
    child.stdin?.end(input ?? '');
  });
}

/** Runs a program that must succeed. Throws with what it said. */
export async function shell(
  command: readonly string[],
  options: ShellOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await tryShell(command, options);
  if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr.trim() || `exit code ${code}`}`);
  return stdout;
}
