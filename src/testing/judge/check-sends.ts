import type { Case } from './case.ts';
import { NONE } from './partition-history.ts';
import { READ } from './version-order.ts';

/**
 * Acknowledged sends of one client lie in the log in the order in which it gave them. Where retries
 * have left copies, the first counts: the later ones were not asked for.
 */
export function checkSends(judged: Case): void {
  const { history, witness } = judged;
  const lastOf = new Map<string, { value: number; place: number }>();
  for (const value of inOrderOfSending(judged)) {
    const place = placeOf(judged, value);
    if (place === NONE) continue;
    const client = history.senders[value] as string;
    const last = lastOf.get(client);
    if (last === undefined) {
      lastOf.set(client, { value, place });
      continue;
    }
    if (place <= last.place) {
      judged.report(
        'nonmonotonic-send',
        value,
        place,
        () =>
          `${client} sent ${witness.value(last.value)} and then ${witness.value(value)}, and they ` +
          `are at the offsets ${last.place} and ${place}`,
      );
    }
    last.value = value;
    last.place = place;
  }
}

/**
 * `NONE`: not acknowledged; or without a promise, and no longer where it was acknowledged; or the log
 * has something else there.
 */
function placeOf({ history, order, isHeld }: Case, value: number): number {
  const offset = history.acknowledgedAt[value] as number;
  if (offset === NONE) return NONE;
  if (!isHeld(value) && !order.isKnownAt(value, offset, READ)) return NONE;
  return order.firstPlaceOf(value);
}

/** A history may tell of a client's sends as they are answered; what counts is when they were given. */
function inOrderOfSending({ history }: Case): readonly number[] {
  const { sends, senders, sentAt } = history;
  const lastOf = new Map<string, number>();
  for (const value of sends) {
    const client = senders[value] as string;
    const at = sentAt[value] as number;
    if (at < (lastOf.get(client) ?? -Infinity)) {
      // Stable, so that those of one moment stay in their order.
      return [...sends].sort((one, other) => (sentAt[one] as number) - (sentAt[other] as number));
    }
    lastOf.set(client, at);
  }
  return sends;
}
