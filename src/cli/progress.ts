import type { Cli } from './cli.ts';

/** Work that is done sooner is not worth a line. */
const QUIET_MS = 2_000;
const REDRAW_MS = 100;

/**
 * One line on the terminal that says how far something is, redrawn in place and gone at the end.
 * Nothing is drawn for what is done within two seconds, nor where stderr is no terminal.
 */
export class Progress {
  readonly #cli: Cli;
  readonly #text: () => string;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout | null;
  #drawn = false;

  /** `text` is asked for the line whenever it is drawn. */
  constructor(cli: Cli, text: () => string) {
    this.#cli = cli;
    this.#text = text;
    this.#timer = cli.stderr.isTTY === true ? setInterval(() => this.#draw(), REDRAW_MS) : null;
    this.#timer?.unref();
  }

  /** Ends it, and removes the line. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#drawn) this.#cli.stderr.write('\r\x1b[K');
    this.#drawn = false;
  }

  #draw(): void {
    if (performance.now() - this.#started < QUIET_MS) return;
    const width = (this.#cli.stderr.columns ?? 80) - 1;
    this.#cli.stderr.write(`\r\x1b[K${this.#text().slice(0, width)}`);
    this.#drawn = true;
  }
}

/** `[######----] 60 %`, for what has a known end. */
export function progressBar(done: number, total: number, width = 24): string {
  const share = total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
  const full = Math.floor(share * width);
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}] ${Math.floor(share * 100)} %`;
}
