import { assert, assertNever } from '../base/assert.ts';
import type { Refusal } from '../base/errors.ts';
import { refusal } from '../base/errors.ts';
import type { Timestamp } from '../base/ids.ts';
import {
  CLIENT_EPOCH_MAX,
  isCommit,
  isEnding,
  isIdle,
  PRODUCER_EPOCH_MAX,
  refuseIdentity,
  unknownId,
} from './state.ts';
import type { TransactionState } from './state.ts';
import type { ProducerIdentity, TransactionPartition } from './types.ts';

export type TransactionCommand =
  /** A new instance begins. `freshProducerId`: an id that nobody has had, once it was asked for. */
  | {
      readonly kind: 'initProducerId';
      readonly timeoutMs: number;
      readonly freshProducerId: number | null;
    }
  | {
      readonly kind: 'addPartitions';
      readonly producer: ProducerIdentity;
      readonly partitions: readonly TransactionPartition[];
    }
  | {
      readonly kind: 'endTransaction';
      readonly producer: ProducerIdentity;
      readonly commit: boolean;
      readonly freshProducerId: number | null;
    }
  /** The open transaction of this producer has gone on for too long. */
  | { readonly kind: 'timeOut'; readonly producer: ProducerIdentity }
  /** Every partition has the marker, or needs none any more. */
  | { readonly kind: 'markersWritten'; readonly marker: ProducerIdentity }
  /** Forgets the id unless it was used after `unusedSince`. */
  | { readonly kind: 'expire'; readonly unusedSince: Timestamp };

/** Each is one record of the coordinator's log: the state, or a tombstone. */
export type TransactionEvent =
  { readonly kind: 'changed'; readonly state: TransactionState } | { readonly kind: 'forgotten' };

export type TransactionReply =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'done' }
  /** Who the producer is from here on. */
  | ({ readonly kind: 'identity' } & ProducerIdentity)
  /** Nothing was decided: the same command is to come again with a fresh producer id. */
  | { readonly kind: 'needsProducerId' };

/**
 * One transactional id at its coordinator. Made by the coordinator's host, which stores every event
 * before it applies it, answers only then, and gives it one command at a time. README.md has the
 * states and the rules.
 */
export class TransactionalProducer {
  readonly transactionalId: string;
  #state: TransactionState | null = null;

  constructor(transactionalId: string) {
    this.transactionalId = transactionalId;
  }

  /** Null: the id is not known. */
  get state(): TransactionState | null {
    return this.#state;
  }

  /** Decides and changes nothing. `now` is the wall clock, which what is decided carries. */
  handle(
    command: TransactionCommand,
    now: Timestamp,
  ): { events: TransactionEvent[]; reply: TransactionReply } {
    switch (command.kind) {
      case 'initProducerId':
        return this.#initProducerId(command, now);
      case 'addPartitions':
        return this.#addPartitions(command, now);
      case 'endTransaction':
        return this.#endTransaction(command, now);
      case 'timeOut':
        return this.#timeOut(command, now);
      case 'markersWritten':
        return this.#markersWritten(command, now);
      case 'expire':
        return this.#expire(command);
      default:
        return assertNever(command);
    }
  }

  /** The only mutation, live and on recovery. */
  apply(event: TransactionEvent): void {
    if (event.kind === 'forgotten') {
      this.#state = null;
      return;
    }
    const { state } = event;
    assert(
      state.transactionalId === this.transactionalId,
      () => `a state of ${state.transactionalId} for ${this.transactionalId}`,
    );
    assertFollows(this.#state, state);
    this.#state = state;
  }

  #initProducerId(
    { timeoutMs, freshProducerId }: TransactionCommand & { kind: 'initProducerId' },
    now: Timestamp,
  ): Decision {
    const state = this.#state;
    // T4: what the last instance left is aborted first; with that it is fenced.
    if (state?.status === 'ongoing') {
      return decide(ending(state, 'prepare-abort', now, null), refused('CONCURRENT_TRANSACTIONS'));
    }
    if (state !== null && isEnding(state)) return nothing(refused('CONCURRENT_TRANSACTIONS'));
    const identity = nextIdentity(state, freshProducerId);
    if (identity === null) return nothing({ kind: 'needsProducerId' });
    const next = idleState(this.transactionalId, identity, timeoutMs, now);
    return decide(next, { kind: 'identity', ...identity });
  }

  #addPartitions(
    { producer, partitions }: TransactionCommand & { kind: 'addPartitions' },
    now: Timestamp,
  ): Decision {
    const state = this.#state;
    if (state === null) return nothing(refusedWith(unknownId(this.transactionalId)));
    const stale = refuseIdentity(state, producer);
    if (stale !== null) return nothing(refusedWith(stale));
    if (isEnding(state)) return nothing(refused('CONCURRENT_TRANSACTIONS'));
    const isOpen = state.status === 'ongoing';
    const known = isOpen ? state.partitions : [];
    const added = partitions.filter((each) => !includes(known, each));
    if (added.length === 0) return nothing({ kind: 'done' });
    const next: TransactionState = {
      ...state,
      status: 'ongoing',
      partitions: merged(known, added),
      startedAt: isOpen ? state.startedAt : now,
      updatedAt: now,
      endedBy: null,
    };
    return decide(next, { kind: 'done' });
  }

  #endTransaction(
    { producer, commit, freshProducerId }: TransactionCommand & { kind: 'endTransaction' },
    now: Timestamp,
  ): Decision {
    const state = this.#state;
    if (state === null) return nothing(refusedWith(unknownId(this.transactionalId)));
    // T5: the answer to the first time was lost.
    if (state.endedBy !== null && isSame(state.endedBy, producer)) {
      if (isCommit(state) === commit) return nothing({ kind: 'identity', ...identityOf(state) });
      const other = commit ? 'aborted' : 'committed';
      const message = `the transaction of ${this.transactionalId} is ${other} already`;
      return nothing(refused('INVALID_TXN_STATE', message));
    }
    const stale = refuseIdentity(state, producer);
    if (stale !== null) return nothing(refusedWith(stale));
    if (isEnding(state)) return nothing(refused('CONCURRENT_TRANSACTIONS'));
    if (state.status !== 'ongoing' && commit) {
      const message = `${this.transactionalId} has no open transaction to commit`;
      return nothing(refused('INVALID_TXN_STATE', message));
    }
    const identity = nextIdentity(state, freshProducerId);
    if (identity === null) return nothing({ kind: 'needsProducerId' });
    const reply = { kind: 'identity', ...identity } as const;
    if (state.status === 'ongoing') {
      const status = commit ? 'prepare-commit' : 'prepare-abort';
      return decide({ ...ending(state, status, now, producer), ...identity }, reply);
    }
    // Whoever does not know whether the transaction was opened may abort it: no partition was named,
    // so there is none to write a marker to.
    const next = idleState(this.transactionalId, identity, state.timeoutMs, now);
    return decide({ ...next, status: 'complete-abort', endedBy: identityOf(producer) }, reply);
  }

  #timeOut({ producer }: TransactionCommand & { kind: 'timeOut' }, now: Timestamp): Decision {
    const state = this.#state;
    if (state?.status !== 'ongoing' || !isSame(state, producer)) return nothing({ kind: 'done' });
    return decide(ending(state, 'prepare-abort', now, null), { kind: 'done' });
  }

  #markersWritten(
    { marker }: TransactionCommand & { kind: 'markersWritten' },
    now: Timestamp,
  ): Decision {
    const state = this.#state;
    if (state === null || state.marker === null || !isSame(state.marker, marker)) {
      return nothing({ kind: 'done' });
    }
    const next: TransactionState = {
      ...state,
      status: isCommit(state) ? 'complete-commit' : 'complete-abort',
      partitions: [],
      startedAt: null,
      updatedAt: now,
      marker: null,
    };
    return decide(next, { kind: 'done' });
  }

  #expire({ unusedSince }: TransactionCommand & { kind: 'expire' }): Decision {
    const state = this.#state;
    if (state === null || !isIdle(state) || state.updatedAt > unusedSince) {
      return nothing({ kind: 'done' });
    }
    return { events: [{ kind: 'forgotten' }], reply: { kind: 'done' } };
  }
}

interface Decision {
  readonly events: TransactionEvent[];
  readonly reply: TransactionReply;
}

function decide(state: TransactionState, reply: TransactionReply): Decision {
  return { events: [{ kind: 'changed', state }], reply };
}

function nothing(reply: TransactionReply): Decision {
  return { events: [], reply };
}

function refused(code: Refusal['code'], message?: string): TransactionReply {
  return refusedWith(refusal(code, message));
}

function refusedWith(why: Refusal): TransactionReply {
  return { kind: 'refused', refusal: why };
}

/** T1: the decision. From here on the epoch of what is being ended is old. */
function ending(
  state: TransactionState,
  status: 'prepare-commit' | 'prepare-abort',
  now: Timestamp,
  endedBy: ProducerIdentity | null,
): TransactionState {
  const { producerId } = state;
  const marker = { producerId, producerEpoch: state.producerEpoch + 1 };
  return {
    ...state,
    ...marker,
    status,
    updatedAt: now,
    marker,
    endedBy: endedBy === null ? null : identityOf(endedBy),
  };
}

function idleState(
  transactionalId: string,
  identity: ProducerIdentity,
  timeoutMs: number,
  now: Timestamp,
): TransactionState {
  return {
    transactionalId,
    ...identityOf(identity),
    status: 'empty',
    timeoutMs,
    partitions: [],
    startedAt: null,
    updatedAt: now,
    marker: null,
    endedBy: null,
  };
}

/** T3: one epoch further; where the epochs are used up, a producer id that nobody has had. */
function nextIdentity(
  state: TransactionState | null,
  freshProducerId: number | null,
): ProducerIdentity | null {
  if (state !== null && state.producerEpoch < CLIENT_EPOCH_MAX) {
    return { producerId: state.producerId, producerEpoch: state.producerEpoch + 1 };
  }
  return freshProducerId === null ? null : { producerId: freshProducerId, producerEpoch: 0 };
}

function identityOf({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity {
  return { producerId, producerEpoch };
}

function isSame(a: ProducerIdentity, b: ProducerIdentity): boolean {
  return a.producerId === b.producerId && a.producerEpoch === b.producerEpoch;
}

function includes(
  partitions: readonly TransactionPartition[],
  { topicId, partition }: TransactionPartition,
): boolean {
  return partitions.some((each) => each.topicId === topicId && each.partition === partition);
}

/** In a fixed order, each once. */
function merged(
  known: readonly TransactionPartition[],
  added: readonly TransactionPartition[],
): TransactionPartition[] {
  const all = [...known];
  for (const each of added) if (!includes(all, each)) all.push(each);
  return all.sort((a, b) =>
    a.topicId === b.topicId ? a.partition - b.partition : a.topicId < b.topicId ? -1 : 1,
  );
}

/** T1 and T2 as a record must keep them, whoever wrote it. */
function assertFollows(before: TransactionState | null, state: TransactionState): void {
  const { transactionalId, status, producerId, producerEpoch } = state;
  assert(
    producerEpoch <= PRODUCER_EPOCH_MAX,
    () => `${transactionalId} has epoch ${producerEpoch}`,
  );
  assert(
    isEnding(state) === (state.marker !== null),
    () => `${transactionalId} is ${status} with marker ${JSON.stringify(state.marker)}`,
  );
  assert(
    !isIdle(state) || state.partitions.length === 0,
    () => `${transactionalId} is ${status} with ${state.partitions.length} partitions`,
  );
  if (before === null) return;
  assert(
    producerId !== before.producerId || producerEpoch >= before.producerEpoch,
    () => `${transactionalId} fell from epoch ${before.producerEpoch} to ${producerEpoch}`,
  );
  if (!isEnding(before)) return;
  const complete = isCommit(before) ? 'complete-commit' : 'complete-abort';
  assert(
    status === before.status || status === complete,
    () => `${transactionalId} went from ${before.status} to ${status}`,
  );
}
