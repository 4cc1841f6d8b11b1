import { OdradekError } from '../base/errors.ts';
import type { Compression } from '../record/index.ts';
import type { Partitioner } from './partitioner.ts';
import type { DeliveryReport } from './producer.ts';
import type { BackoffOptions } from './retry.ts';
import { RETRY_BACKOFF } from './retry.ts';
import { IN_FLIGHT_BATCHES_MAX } from './sequences.ts';

export interface ProducerOptions {
  /**
   * When a record counts as delivered: `all` (the default) once every in-sync replica has it as
   * durably as the topic asks for, 1 once the leader has, 0 once it has left this process.
   */
  readonly acks?: 'all' | 1 | 0;
  /**
   * How long a batch waits for more records. With 0, the default, it is sent at once, and records
   * gather only while another batch of their partition is under way.
   */
  readonly lingerMs?: number;
  /**
   * Whether leaders recognise what is sent again, so that every record is written once and in order,
   * whatever is retried. So with acks `all` unless told otherwise; it needs acks `all`.
   */
  readonly idempotent?: boolean;
  /** How many batches of a partition may be under way: 5, which is the most; 1 if not idempotent. */
  readonly maxInFlight?: number;
  /**
   * The name under which a producer writes in transactions. Of several instances with the same name
   * the latest fences the others, and ends what they have left open.
   */
  readonly transactionalId?: string;
  /** After how long a transaction that nobody ends is aborted; the broker's default of 60 s else. */
  readonly transactionTimeoutMs?: number;
  /** How large a batch may grow: 1 MiB, or the topic's `max.message.bytes` if that is less. */
  readonly batchBytes?: number;
  readonly compression?: Compression;
  /** Chooses partitions; else murmur2 of the key, and a sticky one for records without a key. */
  readonly partitioner?: Partitioner;
  /**
   * How many bytes go to one partition, if its batch has left or is full by then, before records
   * without a key turn to another: 64 KiB.
   */
  readonly stickyBytes?: number;
  /** What may wait to be sent or acknowledged, in bytes of records: 32 MiB. */
  readonly maxBufferBytes?: number;
  /** How long `send` waits for room or for a topic before it gives up: 60 s. */
  readonly maxBlockMs?: number;
  /** From `send` to the last attempt: 120 s. */
  readonly deliveryTimeoutMs?: number;
  /** How long a broker may take to answer one attempt: 30 s. */
  readonly requestTimeoutMs?: number;
  readonly retryBackoff?: BackoffOptions;
  /** Called once for every batch, after its promises and callbacks. */
  readonly onDelivery?: (report: DeliveryReport) => void;
}

/** What is in force, with every default filled in. */
export type ProducerSettings = Required<
  Omit<ProducerOptions, 'partitioner' | 'onDelivery' | 'transactionalId'>
> & { readonly transactionalId: string | null };

/** Throws `INVALID_REQUIRED_ACKS` or `INVALID_CONFIG` for options that make no sense. */
export function settingsOf(options: ProducerOptions): ProducerSettings {
  const acks = options.acks ?? 'all';
  const idempotent = options.idempotent ?? acks === 'all';
  const settings = {
    acks,
    lingerMs: options.lingerMs ?? 0,
    idempotent,
    maxInFlight: options.maxInFlight ?? (idempotent ? IN_FLIGHT_BATCHES_MAX : 1),
    transactionalId: options.transactionalId ?? null,
    transactionTimeoutMs: options.transactionTimeoutMs ?? 0,
    batchBytes: options.batchBytes ?? 1024 * 1024,
    compression: options.compression ?? 'none',
    stickyBytes: options.stickyBytes ?? 64 * 1024,
    maxBufferBytes: options.maxBufferBytes ?? 32 * 1024 * 1024,
    maxBlockMs: options.maxBlockMs ?? 60_000,
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? 120_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    retryBackoff: options.retryBackoff ?? RETRY_BACKOFF,
  };
  checkSettings(settings);
  return settings;
}

function checkSettings(settings: ProducerSettings): void {
  const { acks, idempotent, maxInFlight, lingerMs } = settings;
  if (acks !== 'all' && acks !== 1 && acks !== 0) throw new OdradekError('INVALID_REQUIRED_ACKS');
  if (idempotent && acks !== 'all') {
    throw new OdradekError(
      'INVALID_CONFIG',
      `an idempotent producer needs acks "all", got ${acks}: what only the leader has may be lost with it, and a retry could not make up for it`,
    );
  }
  if (settings.transactionalId !== null && !idempotent) {
    const message = 'a producer with a transactional id is idempotent: it needs acks "all"';
    throw new OdradekError('INVALID_CONFIG', message);
  }
  if (settings.transactionalId === '') {
    throw new OdradekError('INVALID_CONFIG', 'a transactional id has at least one character');
  }
  const inFlightMax = idempotent ? IN_FLIGHT_BATCHES_MAX : 1;
  if (!Number.isInteger(maxInFlight) || maxInFlight < 1 || maxInFlight > inFlightMax) {
    const why = idempotent
      ? 'which is as many as leaders remember'
      : 'since retries could change the order of more unless the producer is idempotent';
    throw new OdradekError(
      'INVALID_CONFIG',
      `maxInFlight must be from 1 to ${inFlightMax}, ${why}; got ${maxInFlight}`,
    );
  }
  for (const name of [
    'batchBytes',
    'stickyBytes',
    'maxBufferBytes',
    'maxBlockMs',
    'deliveryTimeoutMs',
    'requestTimeoutMs',
  ] as const) {
    if (!Number.isFinite(settings[name]) || settings[name] <= 0) {
      throw new OdradekError('INVALID_CONFIG', `${name} must be above 0, got ${settings[name]}`);
    }
  }
  const { transactionTimeoutMs } = settings;
  if (!Number.isInteger(transactionTimeoutMs) || transactionTimeoutMs < 0) {
    const message = `transactionTimeoutMs must be whole milliseconds, got ${transactionTimeoutMs}`;
    throw new OdradekError('INVALID_CONFIG', message);
  }
  if (!Number.isFinite(lingerMs) || lingerMs < 0) {
    throw new OdradekError('INVALID_CONFIG', `lingerMs must be from 0, got ${lingerMs}`);
  }
}
