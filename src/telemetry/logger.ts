import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { LOG_EVENTS, type LogEventName, type LogFields } from './log-events.ts';

/** Where hosts say what has happened. Machines never see one. */
export interface Logger {
  /** Writes one line, or nothing if the level is below the logger's. Never throws, never waits. */
  event<Name extends LogEventName>(name: Name, fields: LogFields<Name>): void;
}

export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** In every line: who speaks. */
  readonly base: Readonly<Record<string, string | number>>;
  /** A file descriptor, 1 unless said otherwise, or something that takes whole lines. */
  readonly destination?: number | DestinationStream;
}

/**
 * Lines of JSON by pino, written without blocking. Whoever ends the process calls `flush`; at an
 * exit that skips it, pino still writes what it holds.
 */
export class ProcessLogger implements Logger {
  readonly #pino: PinoLogger;

  constructor({ level, base, destination = 1 }: LoggerOptions) {
    this.#pino = pino(
      {
        level,
        base,
        messageKey: 'message',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: pino.stdSerializers.err },
      },
      typeof destination === 'number'
        ? pino.destination({ fd: destination, sync: false })
        : destination,
    );
  }

  event<Name extends LogEventName>(name: Name, fields: LogFields<Name>): void {
    const { level, message } = LOG_EVENTS[name];
    if (!this.#pino.isLevelEnabled(level)) return;
    const line: Record<string, unknown> = { event: name, ...fields };
    this.#pino[level](line, message as string);
  }

  /** Resolves once everything so far is written. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pino.flush((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
}

/** For processes that nobody watches, and for tests that do not care. */
export const SILENT_LOGGER: Logger = { event: () => {} };

/** Keeps what is said, for tests: `events` in order, each with its name. */
export class RecordingLogger implements Logger {
  readonly events: { readonly name: LogEventName; readonly fields: Readonly<object> }[] = [];

  event<Name extends LogEventName>(name: Name, fields: LogFields<Name>): void {
    this.events.push({ name, fields });
  }
}
