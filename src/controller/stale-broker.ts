import { refusal } from '../base/errors.ts';
import type { Refusal } from '../base/errors.ts';
import type { BrokerEpoch, NodeId } from '../base/ids.ts';
import type { Draft } from './draft.ts';

/** What fences a stale incarnation: every message of a session carries the broker's epoch. */
export function refuseStale(draft: Draft, id: NodeId, epoch: BrokerEpoch): Refusal | null {
  const broker = draft.broker(id);
  if (broker === undefined) {
    return refusal('BROKER_ID_NOT_REGISTERED', `no broker ${id} is registered`);
  }
  if (broker.epoch === epoch) return null;
  const message = `broker ${id} was registered again with epoch ${broker.epoch}, the request has ${epoch}`;
  return refusal('STALE_BROKER_EPOCH', message);
}
