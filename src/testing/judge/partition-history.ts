import type { Acks } from '../../replication/types.ts';
import type { FinalRead, PartitionName, Poll, ReadRecord, Send, Truncation } from './history.ts';
import { MalformedHistory } from './history.ts';

/** There is no offset, or no value. */
export const NONE = -1;

/** `open`: it has started, and nothing more is known. */
export type Outcome = Send['outcome'] | 'open';

export interface Session {
  readonly client: string;
  readonly session: number;
}

/**
 * What happened to one partition, in columns: histories of millions of events have no object for each.
 * Made and filled by the judge; whoever checks it only reads.
 */
export class PartitionHistory {
  readonly name: PartitionName;

  /** By value id; ids count values as they are met, in a send or in a read. */
  readonly values: string[] = [];
  /** Null: nobody sent it (so far). */
  readonly outcomes: (Outcome | null)[] = [];
  readonly acks: Acks[] = [];
  /** Where it was acknowledged, or `NONE`. */
  readonly acknowledgedAt: number[] = [];
  readonly senders: string[] = [];
  readonly sentAt: number[] = [];
  /** Error codes of the few that have one. */
  readonly codes: Map<number, string> = new Map();
  /** Value ids in the order in which the history tells of the sends. */
  readonly sends: number[] = [];

  /** One entry for each record that a poll was given, poll after poll. */
  readonly polledOffsets: number[] = [];
  readonly polledValues: number[] = [];
  /** For each poll: where its records end in the columns above, and the index of its session. */
  readonly pollEnds: number[] = [];
  readonly pollSessions: number[] = [];
  readonly sessions: Session[] = [];

  readonly finalOffsets: number[] = [];
  readonly finalValues: number[] = [];
  /** Where the records of each part end in the columns above. */
  readonly finalEnds: number[] = [];
  /** Null: there was no final read. */
  logStartOffset: number | null = null;

  /** What brokers said they cut: from `startOffset` up to `endOffset`, exclusive. */
  readonly cuts: { readonly startOffset: number; readonly endOffset: number }[] = [];

  readonly #ids: Map<string, number> = new Map();
  /** Of the value that was looked up last. */
  #lastId = NONE;
  readonly #sessionIndexes: Map<string, Map<number, number>> = new Map();
  /** Parsed events have a string of their own for the same client again and again. */
  readonly #clients: Map<string, string> = new Map();

  constructor(name: PartitionName) {
    this.name = name;
  }

  addSend(send: Send): void {
    const id = this.#idOf(send.value);
    const known = this.outcomes[id];
    const isOutcomeOfOpen = known === 'open' && this.senders[id] === send.client;
    if (known !== null && !isOutcomeOfOpen) {
      throw new MalformedHistory(
        `${this.name}: ${JSON.stringify(send.value)} was sent twice, by ${this.senders[id]} and by ` +
          `${send.client}; values must be unique within a partition`,
      );
    }
    if (!isOutcomeOfOpen) this.sends.push(id);
    const isAcknowledged = send.outcome === 'ok' && send.offset !== null;
    if (send.outcome === 'ok' && !isAcknowledged && send.acks !== 0) {
      throw new MalformedHistory(
        `${this.name}: ${JSON.stringify(send.value)} is ok at acks ${send.acks} without an offset`,
      );
    }
    const isOpen = send.outcome === 'unknown' && send.answeredAt === null;
    this.outcomes[id] = isOpen ? 'open' : send.outcome;
    this.acks[id] = send.acks;
    this.acknowledgedAt[id] = isAcknowledged ? checked(send.offset, this.name) : NONE;
    this.senders[id] = this.#client(send.client);
    this.sentAt[id] = send.sentAt;
    if (send.code === null) this.codes.delete(id);
    else this.codes.set(id, send.code);
  }

  addPoll(poll: Poll): void {
    this.#addRecords(poll.records, this.polledOffsets, this.polledValues);
    this.pollEnds.push(this.polledOffsets.length);
    this.pollSessions.push(this.#sessionIndex(poll));
  }

  addFinalRead(read: FinalRead): void {
    const start = checked(read.logStartOffset, this.name);
    this.logStartOffset = Math.max(this.logStartOffset ?? 0, start);
    this.#addRecords(read.records, this.finalOffsets, this.finalValues);
    this.finalEnds.push(this.finalOffsets.length);
  }

  addTruncation({ fromOffset, toOffset }: Truncation): void {
    this.cuts.push({
      startOffset: checked(toOffset, this.name),
      endOffset: checked(fromOffset, this.name),
    });
  }

  #addRecords(records: readonly ReadRecord[], offsets: number[], values: number[]): void {
    for (const { offset, value } of records) {
      offsets.push(checked(offset, this.name));
      values.push(this.#idOf(value));
    }
  }

  #idOf(value: string): number {
    // Most reads are in the order in which the values were met: no look into the map, which costs
    // a hash of the string.
    const following = this.#lastId + 1;
    if (this.values[following] === value) {
      this.#lastId = following;
      return following;
    }
    const known = this.#ids.get(value);
    if (known !== undefined) {
      this.#lastId = known;
      return known;
    }
    const id = this.values.push(value) - 1;
    this.#ids.set(value, id);
    this.#lastId = id;
    this.outcomes.push(null);
    this.acks.push(0);
    this.acknowledgedAt.push(NONE);
    this.senders.push('');
    this.sentAt.push(0);
    return id;
  }

  #client(name: string): string {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    this.#clients.set(name, name);
    return name;
  }

  #sessionIndex({ client, session }: Session): number {
    let indexes = this.#sessionIndexes.get(client);
    if (indexes === undefined) {
      indexes = new Map();
      this.#sessionIndexes.set(client, indexes);
    }
    const known = indexes.get(session);
    if (known !== undefined) return known;
    const index = this.sessions.push({ client: this.#client(client), session }) - 1;
    indexes.set(session, index);
    return index;
  }
}

function checked(offset: number | null, partition: PartitionName): number {
  if (offset !== null && Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw new MalformedHistory(`${partition}: ${offset} is not an offset`);
}
