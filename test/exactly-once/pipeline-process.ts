import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sleep } from './killer.ts';

const PIPELINE = fileURLToPath(new URL('pipeline.ts', import.meta.url));

/** The process of `pipeline.ts`, killed and started again every so often. */
export class Pipeline {
  kills = 0;
  readonly #bootstrap: readonly string[];
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(bootstrap: readonly string[]) {
    this.#bootstrap = bootstrap;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#spawn();
      // A process of TypeScript takes its time to load.
      const until = performance.now() + 4000 + 2000 * (this.kills % 3);
      while (!this.#stopped && performance.now() < until) await sleep(50);
      if (this.#stopped) return;
      this.#child?.kill('SIGKILL');
      await this.#ended;
      this.kills++;
    }
  }

  #spawn(): void {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', PIPELINE, this.#bootstrap.join(',')],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code) => {
        if (code !== null) process.stderr.write(`the pipeline has ended with ${code}\n`);
        if (this.#child === child) this.#child = null;
        resolve();
      });
    });
  }
}
