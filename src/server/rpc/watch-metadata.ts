/**
 * MetadataService.WatchMetadata: the whole answer at once, then again after each change of what it
 * shows.
 *
 * Behaviour: changes that come while a message is on its way to the network become one. The metadata
 * offset alone is no change: a client that watches one topic is not told of the others.
 * Limits: one message queued, so a client that does not read costs nothing.
 * Deliberately not done: no differences; the whole is small, and a client that missed one is right
 * again with the next.
 */
import { refusal } from '../../base/errors.ts';
import type { BrokerApi } from '../../broker/interfaces.ts';
import { METADATA_SERVICE } from '../../wire/services.ts';
import type { ClusterMetadata } from '../../wire/metadata-messages.ts';
import type { CallEnvironment, Rpc, ServerStream } from '../call.ts';
import { serverStreaming } from '../call.ts';

export function watchMetadata(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return serverStreaming(METADATA_SERVICE.watchMetadata, environment, ({ topics }, stream) => {
    const watcher = new MetadataWatcher(stream, () => broker.cluster(topics));
    const unsubscribe = broker.onMetadata(() => watcher.onChange());
    watcher.onChange();
    return {
      onClose: unsubscribe,
      onStop: () => stream.fail(refusal('SHUTTING_DOWN')),
    };
  });
}

class MetadataWatcher {
  private readonly stream: ServerStream<ClusterMetadata>;
  private readonly look: () => ClusterMetadata;
  private shown: Buffer | null = null;
  private changed = false;

  constructor(stream: ServerStream<ClusterMetadata>, look: () => ClusterMetadata) {
    this.stream = stream;
    this.look = look;
  }

  onChange(): void {
    if (this.stream.queuedMessages > 0) {
      this.changed = true;
      return;
    }
    this.changed = false;
    const view = this.look();
    const content = METADATA_SERVICE.watchMetadata.responseSerialize({
      ...view,
      metadataOffset: 0,
    });
    if (this.shown?.equals(content) === true) return;
    this.shown = content;
    this.stream.write(view, () => {
      if (this.changed) this.onChange();
    });
  }
}
