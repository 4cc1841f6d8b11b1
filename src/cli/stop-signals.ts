/** The signals that ask a process to stop. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StopSignal = (typeof SIGNALS)[number];

/**
 * Listens for the signals that ask for a stop, from its construction until `dispose`. The first asks
 * for a clean stop, the second for one at once.
 */
export class StopSignals {
  readonly first: Promise<StopSignal>;
  readonly second: Promise<StopSignal>;
  readonly #listener: (signal: StopSignal) => void;

  constructor() {
    const resolvers: ((signal: StopSignal) => void)[] = [];
    this.first = new Promise((resolve) => resolvers.push(resolve));
    this.second = new Promise((resolve) => resolvers.push(resolve));
    this.#listener = (signal) => resolvers.shift()?.(signal);
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}
