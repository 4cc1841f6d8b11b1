import { firstIndex } from '../../base/sorted.ts';
import type { PartitionHistory } from './partition-history.ts';
import { NONE } from './partition-history.ts';

/** How a value is known to lie at an offset; several may be true. */
export const Evidence = { polled: 1, final: 2, acknowledged: 4 } as const;
/** Somebody was given it there. */
export const READ = Evidence.polled | Evidence.final;

/** A value at an offset, and how that is known. */
export interface Claim {
  readonly value: number;
  evidence: number;
}

/**
 * What is known of the order of one partition's records: which value lies at which offset. Everything
 * that was read is known, and everything whose acknowledgement is held as a promise; a record that was
 * acknowledged without one may have been lost and its offset been given anew.
 *
 * Where an offset is claimed for several values, the final read wins, then the acknowledgement, then
 * whoever read first. Built from a whole history, and unchanged from then on.
 */
export class VersionOrder {
  /** The known offsets, ascending. */
  readonly offsets: Float64Array;
  /** Other claims on offsets that have a value already. */
  readonly conflicts: Map<number, Claim[]> = new Map();
  /** By value id: how many offsets it was read at. */
  readonly readPlaces: Uint32Array;
  /** By value id: the lowest offset it was read at, at all or in the final read, or `NONE`. */
  readonly lowestRead: Float64Array;
  readonly lowestFinal: Float64Array;
  /** By value id: the lowest offset that is its own, or `NONE`. */
  readonly #places: Float64Array;
  readonly #pages: Map<number, Page> = new Map();
  #lastPage: Page = newPage(NONE);
  #count = 0;

  /** `isHeld`: whether the acknowledgement of this value is a promise. */
  constructor(history: PartitionHistory, isHeld: (value: number) => boolean) {
    const valuesCount = history.values.length;
    this.readPlaces = new Uint32Array(valuesCount);
    this.lowestRead = new Float64Array(valuesCount).fill(NONE);
    this.lowestFinal = new Float64Array(valuesCount).fill(NONE);
    this.#places = new Float64Array(valuesCount).fill(NONE);
    this.#claimAll(history.finalOffsets, history.finalValues, Evidence.final);
    for (const value of history.sends) {
      if (!isHeld(value)) continue;
      this.#claim(history.acknowledgedAt[value] as number, value, Evidence.acknowledged);
    }
    this.#claimAll(history.polledOffsets, history.polledValues, Evidence.polled);
    this.offsets = this.#sortedOffsets();
    for (let index = this.offsets.length - 1; index >= 0; index--) {
      const offset = this.offsets[index] as number;
      this.#places[this.valueAt(offset)] = offset;
    }
  }

  /** The value that an offset belongs to, or `NONE`. */
  valueAt(offset: number): number {
    const page = this.#page(offset);
    return page === null ? NONE : (page.owners[offset % PAGE] as number) - 1;
  }

  /** How the value that an offset belongs to is known to be there. */
  evidenceAt(offset: number): number {
    return this.#page(offset)?.evidence[offset % PAGE] ?? 0;
  }

  /** Whether a value is known, in one of these ways, to lie at an offset, its own or not. */
  isKnownAt(value: number, offset: number, ways: number): boolean {
    if (this.valueAt(offset) === value) return (this.evidenceAt(offset) & ways) !== 0;
    const claims = this.conflicts.get(offset);
    return claims?.some((claim) => claim.value === value && (claim.evidence & ways) !== 0) ?? false;
  }

  /** Where the log has a record that was read at `offset`; `NONE` if it is not known to have it. */
  placeOf(value: number, offset: number): number {
    return this.valueAt(offset) === value ? offset : this.firstPlaceOf(value);
  }

  /** The lowest offset that is this value's, or `NONE`. */
  firstPlaceOf(value: number): number {
    return this.#places[value] as number;
  }

  /** How many known offsets lie between two, both exclusive. */
  countBetween(afterOffset: number, beforeOffset: number): number {
    return Math.max(0, this.#indexOf(beforeOffset) - this.#indexOf(afterOffset + 1));
  }

  /** The known offsets between two, both exclusive, of which at most `max`. */
  between(afterOffset: number, beforeOffset: number, max: number): Float64Array {
    const first = this.#indexOf(afterOffset + 1);
    return this.offsets.subarray(first, Math.min(this.#indexOf(beforeOffset), first + max));
  }

  #claimAll(offsets: readonly number[], values: readonly number[], evidence: number): void {
    for (let index = 0; index < offsets.length; index++) {
      this.#claim(offsets[index] as number, values[index] as number, evidence);
    }
  }

  #claim(offset: number, value: number, evidence: number): void {
    const page = this.#page(offset) ?? this.#addPage(offset);
    const slot = offset % PAGE;
    const owner = (page.owners[slot] as number) - 1;
    let before = 0;
    if (owner === value || owner === NONE) {
      before = page.evidence[slot] as number;
      page.owners[slot] = value + 1;
      page.evidence[slot] = before | evidence;
      if (owner === NONE) this.#count += 1;
    } else {
      before = this.#claimOfAnother(offset, value, evidence);
    }
    if (evidence === Evidence.final) lower(this.lowestFinal, value, offset);
    if ((evidence & READ) !== 0 && (before & READ) === 0) {
      this.readPlaces[value] = (this.readPlaces[value] as number) + 1;
      lower(this.lowestRead, value, offset);
    }
  }

  /** Returns how the value was known to be there before. */
  #claimOfAnother(offset: number, value: number, evidence: number): number {
    const claims = this.conflicts.get(offset);
    const same = claims?.find((claim) => claim.value === value);
    if (same !== undefined) {
      const before = same.evidence;
      same.evidence |= evidence;
      return before;
    }
    if (claims === undefined) this.conflicts.set(offset, [{ value, evidence }]);
    else claims.push({ value, evidence });
    return 0;
  }

  #page(offset: number): Page | null {
    const number = Math.floor(offset / PAGE);
    if (this.#lastPage.number === number) return this.#lastPage;
    const page = this.#pages.get(number);
    if (page === undefined) return null;
    this.#lastPage = page;
    return page;
  }

  #addPage(offset: number): Page {
    const page = newPage(Math.floor(offset / PAGE));
    this.#pages.set(page.number, page);
    this.#lastPage = page;
    return page;
  }

  #sortedOffsets(): Float64Array {
    const offsets = new Float64Array(this.#count);
    let count = 0;
    const pages = [...this.#pages.values()].sort((one, other) => one.number - other.number);
    for (const { number, owners } of pages) {
      for (let slot = 0; slot < PAGE; slot++) {
        if (owners[slot] !== 0) offsets[count++] = number * PAGE + slot;
      }
    }
    return offsets;
  }

  /** Of the first known offset that is not below this one. */
  #indexOf(offset: number): number {
    const { offsets } = this;
    return firstIndex(0, offsets.length, (at) => (offsets[at] as number) >= offset);
  }
}

/** Offsets are dense where there are any: an array for each stretch, and none for the gaps. */
interface Page {
  readonly number: number;
  /** By offset within the page: the value id and 1, or 0. */
  readonly owners: Uint32Array;
  readonly evidence: Uint8Array;
}

const PAGE = 4096;

function newPage(number: number): Page {
  return { number, owners: new Uint32Array(PAGE), evidence: new Uint8Array(PAGE) };
}

function lower(column: Float64Array, value: number, offset: number): void {
  const known = column[value] as number;
  if (known === NONE || offset < known) column[value] = offset;
}
