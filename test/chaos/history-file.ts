import { createWriteStream, type WriteStream } from 'node:fs';
import { lineOf } from '../../src/testing/judge/history-lines.ts';
import { HistoryJudge } from '../../src/testing/judge/judge.ts';
import { HistoryRecorder } from '../../src/testing/judge/recorder.ts';
import type { Verdict } from '../../src/testing/judge/verdict.ts';

/**
 * What the clients of a run saw: for the judge, and as lines of JSON for whoever looks into a failure.
 * One for each run, which closes it.
 */
export class HistoryFile {
  readonly recorder: HistoryRecorder;
  // Retries may leave copies: producers are not idempotent.
  readonly #judge = new HistoryJudge({ idempotent: false });
  readonly #stream: WriteStream;

  constructor(path: string) {
    this.#stream = createWriteStream(path);
    this.recorder = new HistoryRecorder({
      now: () => performance.now(),
      sink: (event) => {
        this.#judge.add(event);
        this.#stream.write(`${lineOf(event)}\n`);
      },
    });
  }

  /** Nothing more happens to any client. */
  verdict(): Verdict {
    this.recorder.finish();
    return this.#judge.verdict();
  }

  /** Resolves when every line is in the file. */
  async close(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.once('error', reject);
      this.#stream.end(resolve);
    });
  }
}
