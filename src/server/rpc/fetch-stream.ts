/**
 * ConsumerService.FetchStream: the broker pushes while the client's credit lasts.
 *
 * Behaviour: the first message carries `open`; without it, or with a second one, the stream ends with
 * INVALID_REQUEST. Of one message, `unassign` counts before `assign`, and both before the credit. A
 * client that ends its side ends the stream. A stopping server ends it with SHUTTING_DOWN.
 * Limits: `fetchStreamMessageBytes` of records in a message (one larger batch excepted); two messages
 * between the broker and the network, so that a client that stops reading makes the broker stop
 * reading its disk.
 * Deliberately not done: no heartbeat; HTTP/2 pings tell both sides that the other is there.
 */
import type { BrokerApi, FetchStream } from '../../broker/interfaces.ts';
import { refusal } from '../../base/errors.ts';
import type { FetchStreamOptions, FetchStreamRequest } from '../../wire/consume-messages.ts';
import type { FetchResponse } from '../../wire/hot/fetch.ts';
import { CONSUMER_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc, ServerStream, StreamHandlers } from '../call.ts';
import { bidirectional } from '../call.ts';
import type { ServerLimits } from '../limits.ts';
import { countErrors } from '../request-metrics.ts';
import { boundedBy, withinBytes } from './fetch.ts';

export function fetchStream(
  broker: BrokerApi,
  environment: CallEnvironment,
  limits: ServerLimits,
): Rpc {
  return bidirectional(
    CONSUMER_SERVICE.fetchStream,
    environment,
    (stream) => new ConsumerStream(broker, stream, limits),
  );
}

/** One on its way, one behind it so that the network does not wait for the broker. */
const QUEUED_MESSAGES_MAX = 2;

class ConsumerStream implements StreamHandlers<FetchStreamRequest> {
  private readonly broker: BrokerApi;
  private readonly stream: ServerStream<FetchResponse>;
  private readonly limits: ServerLimits;
  private opened: { readonly fetches: FetchStream; readonly messageBytes: number } | null = null;
  /** The broker was told to wait. */
  private full = false;

  constructor(broker: BrokerApi, stream: ServerStream<FetchResponse>, limits: ServerLimits) {
    this.broker = broker;
    this.stream = stream;
    this.limits = limits;
  }

  onMessage({ open, assign, unassign, creditBytes }: FetchStreamRequest): void {
    if (open !== null) {
      if (this.opened !== null) {
        this.stream.fail(refusal('INVALID_REQUEST', 'the stream has been opened already'));
        return;
      }
      this.opened = this.open(open);
    }
    if (this.opened === null) {
      this.stream.fail(
        refusal('INVALID_REQUEST', 'the first message of a fetch stream must carry open'),
      );
      return;
    }
    const { fetches, messageBytes } = this.opened;
    if (unassign.length > 0) fetches.unassign(unassign);
    if (assign.length > 0) fetches.assign(assign.map((each) => withinBytes(each, messageBytes)));
    if (creditBytes > 0) fetches.credit(creditBytes);
  }

  onEnd(): void {
    this.stream.end();
  }

  onStop(): void {
    this.stream.fail(refusal('SHUTTING_DOWN'));
  }

  onClose(): void {
    this.opened?.fetches.close();
  }

  private open({ isolation, maxMessageBytes }: FetchStreamOptions) {
    const messageBytes = boundedBy(this.limits.fetchStreamMessageBytes, maxMessageBytes);
    const fetches = this.broker.openFetchStream(
      { isolation, maxMessageBytes: messageBytes },
      (partitions) => {
        countErrors(partitions, this.stream.refused);
        this.stream.write({ partitions }, () => this.onWritten());
        this.full = this.stream.queuedMessages >= QUEUED_MESSAGES_MAX;
        return !this.full;
      },
    );
    return { fetches, messageBytes };
  }

  private onWritten(): void {
    if (!this.full || this.stream.queuedMessages >= QUEUED_MESSAGES_MAX) return;
    this.full = false;
    this.opened?.fetches.drained();
  }
}
