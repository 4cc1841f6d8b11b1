import type { Case } from './case.ts';
import { NONE } from './partition-history.ts';

/** The offsets that one reader went through, both inclusive: what lies between, it should have seen. */
export interface Span {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly reader: string;
}

/**
 * Walks through every session's polls against the order of the log: what is skipped and what comes
 * again. Returns what each session went through.
 */
export function checkPolls(judged: Case): Span[] {
  const { history, order, witness } = judged;
  const { polledOffsets, polledValues, pollEnds, pollSessions } = history;
  const walks = history.sessions.map(() => new Walk());
  let index = 0;
  for (let poll = 0; poll < pollEnds.length; poll++) {
    const session = pollSessions[poll] as number;
    const walk = walks[session] as Walk;
    const end = pollEnds[poll] as number;
    checkOffsetOrder(judged, polledOffsets, polledValues, index, end, () => {
      return `a poll of ${witness.session(session)}`;
    });
    let isFirst = true;
    for (; index < end; index++) {
      const value = polledValues[index] as number;
      const place = order.placeOf(value, polledOffsets[index] as number);
      // The log has something else there, and this nowhere: other checks tell of that.
      if (place === NONE) continue;
      if (walk.last !== NONE && place !== walk.last + 1) {
        checkStep(judged, { session, value, place, isFirst, after: walk.last });
      }
      walk.goTo(place);
      isFirst = false;
    }
  }
  return walks.flatMap((walk, session) =>
    walk.last === NONE
      ? []
      : [
          {
            firstOffset: walk.lowest,
            lastOffset: walk.highest,
            reader: witness.session(session),
          },
        ],
  );
}

/** The final read has no sessions, and what it skips is `unseen`; but it, too, has an order. */
export function checkFinalOrder(judged: Case): void {
  const { finalOffsets, finalValues, finalEnds } = judged.history;
  let start = 0;
  for (const end of finalEnds) {
    checkOffsetOrder(judged, finalOffsets, finalValues, start, end, () => 'the final read');
    start = end;
  }
}

/** Where a session stands. */
class Walk {
  last: number = NONE;
  lowest: number = NONE;
  highest: number = NONE;

  goTo(place: number): void {
    if (this.last === NONE || place < this.lowest) this.lowest = place;
    this.highest = Math.max(this.highest, place);
    this.last = place;
  }
}

interface Step {
  readonly session: number;
  /** What is read, and where the log has it. */
  readonly value: number;
  readonly place: number;
  /** Of its poll: then it is compared with the end of the session's poll before. */
  readonly isFirst: boolean;
  /** Where the session stood. */
  readonly after: number;
}

function checkStep(judged: Case, { session, value, place, isFirst, after }: Step): void {
  const { order, witness } = judged;
  const said = (verb: string): string =>
    `${witness.session(session)} ${verb} ${witness.valueAndSender(value)} at offset ${place} ` +
    `after offset ${after}${isFirst ? '' : ' within one poll'}`;
  if (place <= after) {
    const kind = isFirst ? 'nonmonotonic-poll' : 'int-nonmonotonic-poll';
    judged.report(kind, value, place, () => said('was given'));
    return;
  }
  const skippedCount = order.countBetween(after, place);
  if (skippedCount === 0) return;
  judged.report(isFirst ? 'poll-skip' : 'int-poll-skip', value, place, () => {
    const skipped = [...order.between(after, place, SKIPPED_NAMED_MAX)].map(
      (offset) => `offset ${offset} with ${witness.valueAndSender(order.valueAt(offset))}`,
    );
    const more = skippedCount > skipped.length ? ` and ${skippedCount - skipped.length} more` : '';
    return `${said('was given')}, and not ${skipped.join(', ')}${more}`;
  });
}

const SKIPPED_NAMED_MAX = 3;

/** Offsets of one answer ascend, whatever else is known of the log. */
function checkOffsetOrder(
  judged: Case,
  offsets: readonly number[],
  values: readonly number[],
  start: number,
  end: number,
  reader: () => string,
): void {
  for (let index = start + 1; index < end; index++) {
    const before = offsets[index - 1] as number;
    const offset = offsets[index] as number;
    if (offset > before) continue;
    const value = values[index] as number;
    judged.report(
      'offset-order',
      value,
      offset,
      () =>
        `${reader()} has ${judged.witness.value(value)} at offset ${offset} behind offset ${before}`,
    );
  }
}
