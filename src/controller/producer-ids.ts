import type { Draft } from './draft.ts';
import type { AdminReply } from './types.ts';

/**
 * The next block of producer ids. It belongs to whoever asked, and what is left of it when a broker
 * stops belongs to nobody: an id is never given twice, and there are enough of them.
 */
export function allocateProducerIds(draft: Draft): AdminReply {
  const first = draft.image.nextProducerId;
  draft.add({ kind: 'producerIdsAllocated', first, count: PRODUCER_IDS_BLOCK });
  return { kind: 'producerIds', first, count: PRODUCER_IDS_BLOCK };
}

/** One event for a thousand producers (Kafka's block); 2^53 ids last for ever. */
const PRODUCER_IDS_BLOCK = 1_000;
