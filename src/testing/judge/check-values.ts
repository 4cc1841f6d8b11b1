import type { Case } from './case.ts';
import { READ } from './version-order.ts';

export interface ValueCounts {
  unknownWritten: number;
  duplicatesAllowed: number;
}

/** Each value by itself: whether it may be there at all, and how often. */
export function checkValues(judged: Case): ValueCounts {
  const { history, order, idempotent, witness } = judged;
  const counts: ValueCounts = { unknownWritten: 0, duplicatesAllowed: 0 };
  for (let value = 0; value < history.values.length; value++) {
    const places = order.readPlaces[value] as number;
    if (places === 0) continue;
    const offset = order.lowestRead[value] as number;
    const outcome = history.outcomes[value] ?? null;
    if (outcome === null) {
      judged.report(
        'phantom',
        value,
        offset,
        () => `nobody sent ${witness.value(value)}, read by ${witness.readers(value, null)}`,
      );
    } else if (outcome === 'failed') {
      judged.report(
        'aborted-read',
        value,
        offset,
        () => `${witness.valueAndSender(value)} was read by ${witness.readers(value, null)}`,
      );
    } else if (outcome !== 'ok') {
      counts.unknownWritten += 1;
    }
    if (places === 1) continue;
    if (idempotent) {
      judged.report(
        'duplicate',
        value,
        offset,
        () =>
          `${witness.valueAndSender(value)} is there ${places} times: ` +
          `read by ${witness.readers(value, null)}`,
      );
    } else {
      counts.duplicatesAllowed += places - 1;
    }
  }
  return counts;
}

/** Each offset that several values are known at. */
export function checkOffsets(judged: Case): void {
  const { order } = judged;
  for (const [offset, claims] of order.conflicts) {
    const values = [order.valueAt(offset), ...claims.map((claim) => claim.value)];
    judged.report('inconsistent-offsets', order.valueAt(offset), offset, () => {
      const each = values.map((value) => claimInWords(judged, value, offset));
      return `offset ${offset} has ${values.length} values: ${each.join('; ')}`;
    });
  }
}

function claimInWords({ order, witness }: Case, value: number, offset: number): string {
  const isRead = order.isKnownAt(value, offset, READ);
  const readers = isRead ? `, read there by ${witness.readers(value, offset)}` : '';
  return `${witness.valueAndSender(value)}${readers}`;
}
