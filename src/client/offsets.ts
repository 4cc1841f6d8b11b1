import { OdradekError } from '../base/errors.ts';
import { leaderEpoch, offset, partitionIndex } from '../base/ids.ts';
import type { TopicId } from '../base/ids.ts';
import { CorruptBatch, RecordBatchView } from '../record/index.ts';
import type { IsolationLevel, ListOffsetsTarget } from '../wire/consume-messages.ts';
import { CONSUMER_SERVICE } from '../wire/services.ts';
import { decompressBatch } from './compression/codecs.ts';
import type { Cluster } from './cluster.ts';
import { errorOfRefusal } from './errors.ts';
import type { Route } from './metadata.ts';
import type { Where } from './start-position.ts';
import type { Transport } from './transport.ts';

/** What looking up an offset takes. */
export interface OffsetLookup {
  readonly transport: Transport;
  readonly cluster: Cluster;
  readonly isolation: IsolationLevel;
  /** A batch that decompresses to more is refused as corrupt. */
  readonly decompressedBytesMax: number;
}

/**
 * Asks a partition's leader, once, for the offset of a place, exact to the record. A timestamp behind
 * the last record gives the end. Rejects with an `OdradekError`; a leader that the refusal names has
 * been told to the cluster by then.
 */
export async function lookUpOffset(
  lookup: OffsetLookup,
  topic: string,
  partition: number,
  where: Where,
  route: Route,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const ask = (places: readonly ListOffsetsTarget['at'][]): Promise<Listed[]> =>
    listOffsets(lookup, topic, partition, places, route, options);
  switch (where.kind) {
    case 'offset':
      return where.offset;
    case 'start':
    case 'end': {
      const [place] = await ask([where.kind]);
      return place?.offset ?? 0;
    }
    case 'last': {
      const [start, end] = await ask(['start', 'end']);
      return Math.max(start?.offset ?? 0, (end?.offset ?? 0) - where.count);
    }
    case 'timestamp': {
      const [found, end] = await ask([{ timestamp: where.timestamp }, 'end']);
      if (found === undefined || found.offset === null) return end?.offset ?? 0;
      if (found.batch === null) return found.offset;
      return refine(found.batch, where.timestamp, found.offset, lookup.decompressedBytesMax, {
        topic,
        partition,
      });
    }
  }
}

interface Listed {
  readonly offset: number | null;
  readonly batch: Uint8Array | null;
}

async function listOffsets(
  { transport, cluster, isolation }: OffsetLookup,
  topic: string,
  partition: number,
  places: readonly ListOffsetsTarget['at'][],
  route: Route,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Listed[]> {
  const topicId: TopicId | null = cluster.topic(topic)?.topicId ?? null;
  const { partitions } = await transport.call(
    route.address,
    'admin',
    CONSUMER_SERVICE.listOffsets,
    {
      isolation,
      partitions: places.map((at) => ({
        target: { topic, topicId, partition: partitionIndex(partition) },
        currentLeaderEpoch: leaderEpoch(route.leaderEpoch),
        at,
      })),
    },
    options,
  );
  const refused = partitions.find((each) => each.error !== null)?.error ?? null;
  if (refused !== null) {
    if (refused.leader !== null) cluster.onLeaderHint(topic, partition, refused.leader);
    throw errorOfRefusal(refused.refusal, { topic, partition });
  }
  if (partitions.length !== places.length) {
    throw new OdradekError('UNKNOWN_SERVER_ERROR', 'an offset was asked for and not answered', {
      topic,
      partition,
    });
  }
  return partitions.map((each) => ({ offset: each.offset, batch: each.batch }));
}

/** The first record of the batch at or after the timestamp. */
async function refine(
  bytes: Uint8Array,
  timestamp: number,
  fallback: number,
  bytesMax: number,
  place: { readonly topic: string; readonly partition: number },
): Promise<number> {
  try {
    const view = await decompressBatch(new RecordBatchView(bytes), bytesMax);
    const cursor = view.cursor();
    while (cursor.next()) {
      if (cursor.timestamp >= timestamp && cursor.offset >= fallback) return cursor.offset;
    }
    return offset(Math.max(fallback, view.header.baseOffset));
  } catch (error) {
    if (error instanceof CorruptBatch) {
      throw new OdradekError('CORRUPT_MESSAGE', error.message, { ...place, cause: error });
    }
    throw error;
  }
}
