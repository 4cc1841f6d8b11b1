import type { ClientChannel, OutgoingCall } from './client-channel.ts';
import { NO_ANSWER, STATUS_OK, UNAVAILABLE, type CallStatus } from './grpc-fields.ts';
import type { Message } from './sender.ts';

/** One of the two, once, unless the call was cancelled. */
export interface UnaryHandlers {
  onAnswer(message: Buffer): void;
  /** `unreached`: there was no connection, and nothing was sent. */
  onFailed(status: CallStatus, unreached: boolean): void;
}

/**
 * Calls with one message out and one back, over a channel that may carry streams as well. More than a
 * connection takes at once wait for those before them.
 *
 * Created beside its channel, and closed with it. When to give a call up is the caller's business: what
 * waits here has no time of its own.
 */
export class UnaryCalls {
  readonly #channel: ClientChannel;
  #open = 0;
  /** Those that have not begun, in their order. */
  readonly #waiting = new Set<{ begin(): void; fail(status: CallStatus): void }>();

  constructor(channel: ClientChannel) {
    this.#channel = channel;
  }

  call(path: string, request: Message, handlers: UnaryHandlers): { cancel(): void } {
    let call: OutgoingCall | null = null;
    let answer: Buffer | null = null;
    let over = false;
    const finish = (): void => {
      over = true;
      this.#open--;
      this.#next();
    };
    const begin = (): void => {
      this.#open++;
      call = this.#channel.open(path, {
        onOpen: () => undefined,
        onMessage: (message) => {
          answer ??= message;
        },
        onEnd: (status, unreached) => {
          finish();
          if (status.code !== STATUS_OK.code) handlers.onFailed(status, unreached);
          else if (answer === null) handlers.onFailed(NO_ANSWER, false);
          else handlers.onAnswer(answer);
        },
      });
      call.send(request);
      call.end();
    };
    const waiting = {
      begin,
      fail: (status: CallStatus) => {
        over = true;
        handlers.onFailed(status, true);
      },
    };
    this.#waiting.add(waiting);
    this.#next();
    return {
      cancel: () => {
        if (over || this.#waiting.delete(waiting)) return;
        call?.cancel();
        finish();
      },
    };
  }

  /** Fails what has not begun; the channel's close ends the others. */
  close(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { fail } of waiting) fail(CLOSED);
  }

  #next(): void {
    for (const waiting of this.#waiting) {
      if (this.#open >= CALLS_MAX) return;
      this.#waiting.delete(waiting);
      waiting.begin();
    }
  }
}

const CLOSED: CallStatus = { code: UNAVAILABLE, message: 'the channel is closed', details: null };
/** Of one connection at once: half of the streams that a server of ours takes on it. */
const CALLS_MAX = 500;
