import type { IncarnationId } from '../../../src/base/ids.ts';
import type {
  AlterPartitionRequest,
  Effect,
  Frame,
  Input,
} from '../../../src/replication/types.ts';
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
  /** A message is being held. */
  caught: boolean;
}

/**
 * Looks on like an invariant, but judges nothing: keeps what a story may want to ask about
 * afterwards, and holds back the messages that it names.
 */
export class StoryWitness implements Invariant {
  readonly id = 'witness';
  readonly title = 'what a story may ask about';
  /** What leaders answered to positions that they did not take: a code, or `diverging`. */
  readonly answers: {
    readonly broker: number;
    readonly answer: string;
    readonly follower: number;
    readonly frame: Frame;
  }[] = [];
  /** What leaders proposed, each time that it was sent. */
  readonly proposals: { readonly request: AlterPartitionRequest }[] = [];
  /** What the controller answered to proposals: `ok` or a code. */
  readonly replies: { readonly request: AlterPartitionRequest; readonly answer: string }[] = [];
  /** The fewest that were ever in sync, as the controller had it. */
  leastInSync = Infinity;
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
      if (effect.kind === 'alterPartition') this.proposals.push(effect);
      if (effect.kind !== 'answer') continue;
      const { frame, follower } = effect;
      const answer = frame.kind === 'refused' ? frame.refusal.code : frame.kind;
      this.answers.push({ broker: watched?.broker ?? 0, answer, follower, frame });
    }
  }

  onDelivered(_world: World, from: string, to: string): void {
    const link = `${from}>${to}`;
    this.#messages.set(link, (this.#messages.get(link) ?? 0) + 1);
  }

  onEvent(world: World): void {
    for (const key of world.keys) {
      const members = world.partitionState(key)?.isr.length;
      if (members !== undefined) this.leastInSync = Math.min(this.leastInSync, members);
    }
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
    this.#holds.push({ from, to, which, caught: false });
    network.intercept = (source, target, message) => {
      const hold = this.#holds.find(
        (each) => each.from === source && each.to === target && each.which(message),
      );
      if (hold === undefined) return 'pass';
      hold.caught = true;
      return 'hold';
    };
  }

  isHolding(from: string, to: string): boolean {
    return this.#holds.some((each) => each.from === from && each.to === to && each.caught);
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

/** The controller’s answer to a proposal. */
export function isReply(message: unknown): boolean {
  return (message as SessionResponse).kind === 'alterPartitionReply';
}

/** A leader’s word that whoever it hands over to has everything. */
export function isReady(message: unknown): boolean {
  return (message as SessionRequest).kind === 'handoverReady';
}

/** The controller’s news of an ISR of so many, or of everything. */
export function isNewsOfIsr(members: number): (message: unknown) => boolean {
  return (message) => {
    const response = message as SessionResponse;
    if (response.kind === 'snapshot') return true;
    if (response.kind !== 'events') return false;
    return response.events.some(
      (event) => event.kind === 'partitionChanged' && event.state.isr.length === members,
    );
  };
}

/** A follower’s message with a position in it. */
export function isPosition(message: unknown): boolean {
  return ((message as Partial<FollowerMessage>).positions?.length ?? 0) > 0;
}

/** A leader’s message with records or an answer in it, not a mere sign of life. */
export function isFrame(message: unknown): boolean {
  return ((message as Partial<LeaderMessage>).frames?.length ?? 0) > 0;
}

/** What the first process that asks sends to be registered, and nothing of those that come after it. */
export function isFirstRegistration(): (message: unknown) => boolean {
  let first: IncarnationId | null = null;
  return (message) => {
    const request = message as SessionRequest;
    if (request.kind !== 'register') return false;
    first ??= request.registration.incarnationId;
    return request.registration.incarnationId === first;
  };
}
