/**
 * ProducerService.ProduceStream: the fast path of writes.
 *
 * Behaviour: the first message carries `open`; without it, or with a second one, the stream ends with
 * INVALID_REQUEST. Appends are handed over in their order. Results are gathered and leave as one
 * message at the end of the broker's turn, and while one message is on its way to the network those
 * that come meanwhile wait for the next: a stream sends one at a time anyway, so fewer and larger
 * messages cost no time. With acks 0 nothing is answered. A client that has ended its side still gets
 * every result. When the client vanishes, what it waits for is cancelled. A stopping server takes no
 * more appends (SHUTTING_DOWN), answers what is under way, and ends the stream.
 * Limits: batches that are not settled, and results that the client does not read, together
 * `unsettledBytesMax` bytes; beyond it the stream is not read until half of it is settled.
 * Deliberately not done: no order of results across partitions; no check that correlation ids are
 * unique, since they mean nothing here.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import type { Append, AppendResult, ProduceOptions } from '../../wire/hot/produce.ts';
import type { ProduceResponse, ProduceStreamRequest } from '../../wire/hot/produce.ts';
import { refusal } from '../../base/errors.ts';
import { PRODUCER_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc, ServerStream, StreamHandlers } from '../call.ts';
import { bidirectional } from '../call.ts';
import type { ServerLimits } from '../limits.ts';

export function produceStream(
  broker: BrokerApi,
  environment: CallEnvironment,
  limits: ServerLimits,
): Rpc {
  return bidirectional(
    PRODUCER_SERVICE.produceStream,
    environment,
    (stream) => new ProducerStream(broker, stream, limits),
  );
}

/** What an append costs besides its batch, so that many small ones are bounded as well. */
const APPEND_OVERHEAD_BYTES = 512;

interface Unsettled {
  readonly bytes: number;
  handle: { cancel(): void } | null;
}

class ProducerStream implements StreamHandlers<ProduceStreamRequest> {
  private readonly broker: BrokerApi;
  private readonly stream: ServerStream<ProduceResponse>;
  private readonly limits: ServerLimits;
  private readonly unsubscribe: () => void;
  private options: ProduceOptions | null = null;
  private readonly unsettled = new Set<Unsettled>();
  /** Of what is unsettled and of results that have not left. */
  private heldBytes = 0;
  private results: AppendResult[] = [];
  private resultBytes = 0;
  /** A message is on its way to the network. */
  private sending = false;
  /** A flush will come even if no turn of the broker ends. */
  private flushIsDue = false;
  private paused = false;
  /** Nothing more is taken: the client has ended its side, or the server is stopping. */
  private ending: 'client' | 'stop' | null = null;
  private closed = false;

  constructor(broker: BrokerApi, stream: ServerStream<ProduceResponse>, limits: ServerLimits) {
    this.broker = broker;
    this.stream = stream;
    this.limits = limits;
    this.unsubscribe = broker.onProduceTurn(() => this.flush());
  }

  onMessage({ open, appends }: ProduceStreamRequest): void {
    if (open !== null) {
      if (this.options !== null) {
        this.stream.fail(refusal('INVALID_REQUEST', 'the stream has been opened already'));
        return;
      }
      this.options = open;
    }
    if (this.options === null) {
      this.stream.fail(
        refusal('INVALID_REQUEST', 'the first message of a produce stream must carry open'),
      );
      return;
    }
    for (const append of appends) this.take(append, this.options);
    if (!this.paused && this.heldBytes > this.limits.unsettledBytesMax) {
      this.paused = true;
      this.stream.pause();
    }
  }

  onEnd(): void {
    this.ending ??= 'client';
    this.maybeFinish();
  }

  onStop(): void {
    this.ending = 'stop';
    this.maybeFinish();
  }

  onClose(): void {
    this.closed = true;
    this.unsubscribe();
    for (const { handle } of this.unsettled) handle?.cancel();
    this.unsettled.clear();
    this.results = [];
  }

  private take(append: Append, options: ProduceOptions): void {
    const unsettled: Unsettled = {
      bytes: append.batch.length + APPEND_OVERHEAD_BYTES,
      handle: null,
    };
    this.heldBytes += unsettled.bytes;
    if (this.ending === 'stop') {
      this.settle(unsettled, {
        correlationId: append.correlationId,
        result: { ok: false, refusal: refusal('SHUTTING_DOWN') },
        leader: null,
      });
      return;
    }
    this.unsettled.add(unsettled);
    unsettled.handle = this.broker.produce(
      {
        target: { topic: append.topic, topicId: append.topicId, partition: append.partition },
        acks: options.acks,
        timeoutMs: options.timeoutMs === 0 ? this.limits.produceTimeoutMs : options.timeoutMs,
        expectedLeaderEpoch: append.expectedLeaderEpoch,
        batch: append.batch,
        transactionalId: options.transactionalId ?? null,
      },
      (result, leader) => {
        if (!this.unsettled.delete(unsettled)) return;
        this.settle(unsettled, { correlationId: append.correlationId, result, leader });
      },
    );
  }

  /** The batch's bytes are free; its result counts until it has left. */
  private settle(unsettled: Unsettled, result: AppendResult): void {
    this.heldBytes -= unsettled.bytes;
    if (!result.result.ok) this.stream.refused(result.result.refusal);
    if (this.options?.acks !== 0) {
      this.results.push(result);
      this.resultBytes += APPEND_OVERHEAD_BYTES;
      this.heldBytes += APPEND_OVERHEAD_BYTES;
    }
    this.maybeResume();
    if (this.flushIsDue) return;
    this.flushIsDue = true;
    setImmediate(() => {
      this.flushIsDue = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.closed) return;
    if (this.results.length > 0 && !this.sending) {
      const { results, resultBytes } = this;
      this.results = [];
      this.resultBytes = 0;
      this.sending = true;
      this.stream.write({ results }, () => {
        this.sending = false;
        this.heldBytes -= resultBytes;
        this.maybeResume();
        this.flush();
      });
    }
    this.maybeFinish();
  }

  private maybeResume(): void {
    if (!this.paused || this.heldBytes > this.limits.unsettledBytesMax / 2) return;
    this.paused = false;
    this.stream.resume();
  }

  private maybeFinish(): void {
    if (this.ending === null || this.unsettled.size > 0) return;
    if (this.results.length > 0 || this.sending) {
      if (!this.sending) this.flush();
      return;
    }
    if (this.ending === 'client') this.stream.end();
    else this.stream.fail(refusal('SHUTTING_DOWN'));
  }
}
