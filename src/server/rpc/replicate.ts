/**
 * ReplicationService.Replicate: a follower broker's stream to this leader, for all their partitions.
 *
 * Behaviour: the first message carries `open`, which the broker accepts or refuses; what else it
 * carries is handed on behind it. Messages are handed on in their order.
 * Limits: `peerQueueBytesMax` queued towards the follower before the broker is asked to wait.
 * Deliberately not done: no authentication; the port is for the brokers' own network.
 */
import { refusal } from '../../base/errors.ts';
import type { BrokerApi } from '../../broker/interfaces.ts';
import type { ReplicaOpen, ReplicaRequest, ReplicaResponse } from '../../wire/hot/replica.ts';
import { REPLICATION_SERVICE } from '../../wire/internal-services.ts';
import type { CallEnvironment, Rpc, ServerStream, StreamHandlers } from '../call.ts';
import { bidirectional } from '../call.ts';
import type { ServerLimits } from '../limits.ts';
import { StreamReceiver, StreamSink } from '../peer-stream.ts';

export function replicate(
  broker: BrokerApi,
  environment: CallEnvironment,
  limits: ServerLimits,
): Rpc {
  return bidirectional(
    REPLICATION_SERVICE.replicate,
    environment,
    (stream) => new FollowerStream(broker, stream, limits),
  );
}

class FollowerStream implements StreamHandlers<ReplicaRequest> {
  private readonly broker: BrokerApi;
  private readonly stream: ServerStream<ReplicaResponse>;
  private readonly limits: ServerLimits;
  private receiver: StreamReceiver<ReplicaRequest> | null = null;

  constructor(broker: BrokerApi, stream: ServerStream<ReplicaResponse>, limits: ServerLimits) {
    this.broker = broker;
    this.stream = stream;
    this.limits = limits;
  }

  onMessage(request: ReplicaRequest): void {
    if ((request.open === null) === (this.receiver === null)) {
      const message = 'the first message of a replication stream, and no other, must carry open';
      this.stream.fail(refusal('INVALID_REQUEST', message));
      return;
    }
    if (request.open !== null && !this.accept(request.open)) return;
    this.receiver?.onMessage(request);
  }

  onEnd(): void {
    if (this.receiver === null) this.stream.end();
    else this.receiver.onEnd();
  }

  onStop(): void {
    if (this.receiver === null) this.stream.fail(refusal('SHUTTING_DOWN'));
    else this.receiver.onStop();
  }

  onClose(cancelled: boolean): void {
    this.receiver?.onClose(cancelled);
  }

  private accept(open: ReplicaOpen): boolean {
    const sink = new StreamSink(this.stream, this.limits.peerQueueBytesMax);
    const answer = this.broker.acceptFollower(open, sink);
    if ('code' in answer) {
      this.stream.fail(answer);
      return false;
    }
    const receiver = new StreamReceiver<ReplicaRequest>(this.stream, answer);
    sink.attach({
      onDrain: () => receiver.onDrain(),
      onClosed: () => receiver.close(null),
    });
    this.receiver = receiver;
    return true;
  }
}
