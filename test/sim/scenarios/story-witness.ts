import type { AlterPartitionRequest, Effect, Input } from '../../../src/replication/types.ts';
import type { SessionRequest, SessionResponse } from '../../../src/controller/types.ts';
import type { FollowerMessage, LeaderMessage } from '../../../src/broker/interfaces.ts';
import type { Invariant } from '../invariants/index.ts';
import type { SimulatedNetwork } from '../network.ts';
import type { WatchedReplica } from '../observer.ts';
import type { World } from '../world.ts';

interface Hold {
  readonly from: string;
  readonly to: string;
  readonly which: (message: unknown) => boolean;
}

/**
 * Looks on like an invariant, but judges nothing: keeps what a story may want to ask about
 * afterwards, and holds back the messages that it names.
 */
export class StoryWitness implements Invariant {
  readonly id = 'witness';
  readonly title = 'what a story may ask about';
  /** What leaders answered to positions that they did not take: a code, or `diverging`. */
  readonly answers: { readonly broker: number; readonly answer: string }[] = [];
  /** What the controller answered to proposals: `ok` or a code. */
  readonly replies: { readonly request: AlterPartitionRequest; readonly answer: string }[] = [];
  #holds: Hold[] = [];
  readonly #messages = new Map<string, number>();

  onStep(
    _world: World,
    step: {
      readonly watched: WatchedReplica | undefined;
      readonly input: Input;
      readonly effects: readonly Effect[];
    },
  ): void {
    const { watched, input, effects } = step;
    if (input.kind === 'alterPartitionReply') {
      const { request, result } = input;
      this.replies.push({ request, answer: result.ok ? 'ok' : result.refusal.code });
    }
    for (const effect of effects) {
      if (effect.kind !== 'answer') continue;
      const { frame } = effect;
      const answer = frame.kind === 'refused' ? frame.refusal.code : frame.kind;
      this.answers.push({ broker: watched?.broker ?? 0, answer });
    }
  }

  onDelivered(_world: World, from: string, to: string): void {
    const link = `${from}>${to}`;
    this.#messages.set(link, (this.#messages.get(link) ?? 0) + 1);
  }

  /** Since the world began. */
  messages(from: string, to: string): number {
    return this.#messages.get(`${from}>${to}`) ?? 0;
  }

  hold(
    network: SimulatedNetwork,
    from: string,
    to: string,
    which: (message: unknown) => boolean,
  ): void {
    this.#holds.push({ from, to, which });
    network.intercept = (source, target, message) => {
      const held = this.#holds.some(
        (each) => each.from === source && each.to === target && each.which(message),
      );
      return held ? 'hold' : 'pass';
    };
  }

  /** All of them, or those of one link. */
  release(network: SimulatedNetwork, from?: string, to?: string): void {
    this.#holds = this.#holds.filter(
      (each) => from !== undefined && (each.from !== from || each.to !== to),
    );
    network.release();
  }
}

/** A leader’s proposals to the controller. */
export function isProposal(message: unknown): boolean {
  return (message as SessionRequest).kind === 'alterPartition';
}

/** The controller’s events and its answers to proposals: whatever tells a leader who is in sync. */
export function isVerdict(message: unknown): boolean {
  const { kind } = message as SessionResponse;
  return kind === 'alterPartitionReply' || kind === 'events' || kind === 'snapshot';
}

/** A follower’s message with a position in it. */
export function isPosition(message: unknown): boolean {
  return (message as FollowerMessage).positions.length > 0;
}

/** A leader’s message with records or an answer in it, not a mere sign of life. */
export function isFrame(message: unknown): boolean {
  return (message as LeaderMessage).frames.length > 0;
}
