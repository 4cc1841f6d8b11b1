import type { Effect, Input } from '../../../src/replication/types.ts';
import type { Acknowledged } from '../ghost.ts';
import type { WatchedReplica } from '../observer.ts';
import type { Seat, World } from '../world.ts';

/** An answer to a produce, on its way out of a broker. */
export interface Answer extends Acknowledged {
  readonly key: string;
}

/**
 * Something that must hold at every moment. Made anew for each world; looks and remembers, draws no
 * randomness and changes nothing. Throws a `Violation` when two moments contradict each other.
 */
export interface Invariant {
  /** As in the list: S1, S2, … */
  readonly id: string;
  readonly title: string;
  /** After each event that touched this replica. */
  onReplica?(world: World, replica: WatchedReplica): void;
  /** After each event of a process. */
  onEvent?(world: World, seat: Seat): void;
  /** A machine has decided, and nothing of it is done yet. `watched` as it was before. */
  onStep?(
    world: World,
    step: {
      readonly watched: WatchedReplica | undefined;
      readonly input: Input;
      readonly effects: readonly Effect[];
    },
  ): void;
  onSent?(world: World, from: string, to: string, message: unknown): void;
  onDelivered?(world: World, from: string, to: string, message: unknown): void;
  /** A broker has answered a produce with ok, at acks 1 or all. */
  onAcknowledged?(world: World, answer: Answer): void;
  /** A broker has refused a produce for good. */
  onRefused?(
    world: World,
    refused: {
      readonly key: string;
      readonly identity: number;
      readonly code: string;
      readonly broker: number;
    },
  ): void;
  /** A consumer was handed whole batches from `broker`. */
  onConsumed?(
    world: World,
    read: {
      readonly reader: string;
      readonly broker: number;
      readonly key: string;
      readonly position: number;
      readonly bytes: Uint8Array;
      /** What the broker said about transactions that were aborted. */
      readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[];
    },
  ): void;
  /** A coordinator has told a producer that its transaction is over. */
  onTransactionEnded?(
    world: World,
    ended: { readonly producerId: number; readonly markerEpoch: number; readonly commit: boolean },
  ): void;
  /** A process is gone: `stop` after a clean stop. */
  onDeath?(world: World, name: string, how: 'process' | 'power' | 'stop'): void;
  /** Everything is whole again and nobody writes. */
  onRest?(world: World): void;
}
