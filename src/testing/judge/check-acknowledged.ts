import { firstIndex } from '../../base/sorted.ts';
import type { Case } from './case.ts';
import type { Span } from './check-polls.ts';
import type { PartitionHistory } from './partition-history.ts';
import { NONE } from './partition-history.ts';
import type { LostRecord } from './verdict.ts';
import { Evidence, READ } from './version-order.ts';

export interface Losses {
  readonly lost: LostRecord[];
  readonly unexplained: LostRecord[];
  displaced: number;
}

/** Whether what was acknowledged, and what was read, is there in the end, and where it should be. */
export function checkAcknowledged(
  judged: Case,
  spans: readonly Span[],
  isFinalReadRequired: boolean,
): Losses {
  const { history, isHeld } = judged;
  const losses: Losses = { lost: [], unexplained: [], displaced: 0 };
  const cuts = new Cuts(history.cuts);
  const covered = new Coverage(judged, spans);
  for (const value of history.sends) {
    const offset = history.acknowledgedAt[value] as number;
    if (offset === NONE) continue;
    checkPlace(judged, value, offset, losses);
    if (offset < (history.logStartOffset ?? 0)) continue;
    if (isHeld(value)) checkLostWrite(judged, value, offset, covered);
    if (history.logStartOffset === null) {
      if (isFinalReadRequired && isHeld(value)) reportUnread(judged, value, offset);
      continue;
    }
    if (judged.order.lowestFinal[value] !== NONE) continue;
    if (isHeld(value)) reportUnseen(judged, value, offset);
    const record = lostRecord(judged, value, offset);
    if (!isHeld(value)) losses.lost.push(record);
    if (!cuts.contain(offset)) losses.unexplained.push(record);
  }
  if (history.logStartOffset !== null) checkVanished(judged, history.logStartOffset);
  return losses;
}

/** A record is where it was acknowledged; a copy of it elsewhere does not make up for that. */
function checkPlace(judged: Case, value: number, offset: number, losses: Losses): void {
  const { history, order, idempotent, isHeld, witness } = judged;
  if (order.readPlaces[value] === 0 || order.isKnownAt(value, offset, READ)) return;
  if (!idempotent) {
    // What was read may be the copy of an attempt that was not answered, and the acknowledged one
    // not yet; only the final read has all there is.
    const { logStartOffset } = history;
    if (logStartOffset === null || offset < logStartOffset) return;
    if (order.lowestFinal[value] === NONE) return;
    if (!isHeld(value)) {
      losses.displaced += 1;
      return;
    }
  }
  judged.report(
    'wrong-offset',
    value,
    offset,
    () => `${witness.valueAndSender(value)} was read by ${witness.readers(value, null)} instead`,
  );
}

function checkLostWrite(judged: Case, value: number, offset: number, covered: Coverage): void {
  const { order, witness } = judged;
  if (order.readPlaces[value] !== 0) return;
  const span = covered.spanOf(offset);
  if (span === null) return;
  judged.report(
    'lost-write',
    value,
    offset,
    () =>
      `nobody has ever read ${witness.valueAndSender(value)}, though ${span.reader} went from ` +
      `offset ${span.firstOffset} to ${span.lastOffset}`,
  );
}

function reportUnseen(judged: Case, value: number, offset: number): void {
  const { witness } = judged;
  judged.report(
    'unseen',
    value,
    offset,
    () =>
      `the final read does not have ${witness.valueAndSender(value)}; before, ` +
      `${witness.readers(value, null)} read it`,
  );
}

function reportUnread(judged: Case, value: number, offset: number): void {
  judged.report(
    'unseen',
    value,
    offset,
    () => `there was no final read to look for ${judged.witness.valueAndSender(value)}`,
  );
}

/** What a poll was given was committed, whatever its sender was told: it does not go away again. */
function checkVanished(judged: Case, logStartOffset: number): void {
  const { history, order, isHeld, witness } = judged;
  for (const offset of order.offsets) {
    if (offset < logStartOffset) continue;
    const evidence = order.evidenceAt(offset);
    if ((evidence & Evidence.polled) === 0 || (evidence & Evidence.final) !== 0) continue;
    const value = order.valueAt(offset);
    const isReported =
      isHeld(value) &&
      history.acknowledgedAt[value] === offset &&
      order.lowestFinal[value] === NONE;
    if (isReported) continue;
    judged.report(
      'unseen',
      value,
      offset,
      () =>
        `the final read does not have ${witness.valueAndSender(value)} at offset ${offset}, ` +
        `where it was read by ${witness.readers(value, offset)}`,
    );
  }
}

function lostRecord({ history }: Case, value: number, offset: number): LostRecord {
  const text = history.values[value] as string;
  return {
    acks: history.acks[value] ?? 0,
    partition: history.name,
    offset,
    value: text,
    bytes: Buffer.byteLength(text),
  };
}

/** Which offsets somebody went past or read, the final read among them. */
class Coverage {
  readonly #spans: Span[] = [];

  constructor({ history }: Case, spans: readonly Span[]) {
    const { logStartOffset, finalOffsets } = history;
    const all = [...spans];
    if (logStartOffset !== null && finalOffsets.length > 0) {
      const lastOffset = finalOffsets.reduce((highest, each) => Math.max(highest, each));
      all.push({ firstOffset: logStartOffset, lastOffset, reader: 'the final read' });
    }
    // Only spans that reach beyond all those that begin before them: their ends ascend, too.
    for (const span of all.sort((one, other) => one.firstOffset - other.firstOffset)) {
      const last = this.#spans.at(-1);
      if (last === undefined || span.lastOffset > last.lastOffset) this.#spans.push(span);
    }
  }

  spanOf(offset: number): Span | null {
    const at = firstIndex(0, this.#spans.length, (index) => {
      return (this.#spans[index] as Span).lastOffset >= offset;
    });
    const span = this.#spans[at];
    return span === undefined || span.firstOffset > offset ? null : span;
  }
}

/** The offsets that some broker said it cut away. */
class Cuts {
  readonly #stretches: { startOffset: number; endOffset: number }[] = [];

  constructor(stretches: PartitionHistory['cuts']) {
    const sorted = [...stretches].sort((one, other) => one.startOffset - other.startOffset);
    for (const { startOffset, endOffset } of sorted) {
      const last = this.#stretches.at(-1);
      if (last !== undefined && startOffset <= last.endOffset) {
        last.endOffset = Math.max(last.endOffset, endOffset);
      } else {
        this.#stretches.push({ startOffset, endOffset });
      }
    }
  }

  contain(offset: number): boolean {
    const at = firstIndex(0, this.#stretches.length, (index) => {
      return (this.#stretches[index]?.endOffset ?? 0) > offset;
    });
    const stretch = this.#stretches[at];
    return stretch !== undefined && stretch.startOffset <= offset;
  }
}
