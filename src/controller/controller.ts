import { assertNever } from '../base/assert.ts';
import { refusal } from '../base/errors.ts';
import { clusterId } from '../base/ids.ts';
import type { IncarnationId, Instant } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { Command, Handover, Reply } from './commands.ts';
import { refused } from './commands.ts';
import type { ClusterDefaults } from './defaults.ts';
import { Draft } from './draft.ts';
import { electLeaderless } from './elections.ts';
import { electLeaders, handoverReady } from './handover.ts';
import { allocateProducerIds } from './producer-ids.ts';
import { ClusterImage } from './image.ts';
import { alterPartition, takeOutDamaged } from './in-sync-replicas.ts';
import { fenceSilentBroker, goodbye, heartbeat, registerBroker } from './registration.ts';
import { refuseStale } from './stale-broker.ts';
import { addPartitions, alterTopic, createTopic, deleteTopic } from './topics.ts';
import type { AdminReply, AdminRequest, Event } from './types.ts';

export interface ControllerOptions {
  readonly defaults: ClusterDefaults;
  /** Ids of clusters and topics, and ties of placement. */
  readonly random: Random;
  /** From a snapshot; empty if not given. */
  readonly image?: ClusterImage;
}

/**
 * Decides for the cluster. Its host creates one for each term: it applies what the metadata store
 * holds, sends `activate`, and from then on gives it one command at a time. For each it appends the
 * events as one atomic batch, applies them at once, and keeps the reply until they are committed.
 * When an append fails or the active role is lost, the host discards it and replays.
 */
export class Controller {
  readonly image: ClusterImage;
  readonly #defaults: ClusterDefaults;
  readonly #random: Random;
  /**
   * Incarnations of brokers that others have replaced, oldest first, as far as the journal that this
   * term began with goes back: a message outlives its sender by no more than its stream, and a stream
   * never outlives the term.
   */
  readonly #replaced = new Set<IncarnationId>();

  constructor(options: ControllerOptions) {
    this.image = options.image ?? new ClusterImage();
    this.#defaults = options.defaults;
    this.#random = options.random;
  }

  /** Decides and changes nothing. The events take the offsets from `image.nextOffset` on. */
  handle(command: Command, now: Instant): { events: Event[]; reply: Reply } {
    const draft = new Draft(this.image, this.#defaults, now);
    const reply = this.#decide(draft, command);
    return { events: draft.events, reply };
  }

  /** Takes the next event, live and on recovery. The only mutation. */
  apply(event: Event): void {
    if (event.kind === 'brokerRegistered') this.#noteReplaced(event);
    this.image.apply(event, this.image.nextOffset);
  }

  #noteReplaced({ broker, incarnationId }: Event & { kind: 'brokerRegistered' }): void {
    const before = this.image.broker(broker)?.incarnationId;
    if (before === undefined || before === incarnationId) return;
    this.#replaced.add(before);
    const [oldest] = this.#replaced;
    if (this.#replaced.size > REPLACED_MAX && oldest !== undefined) this.#replaced.delete(oldest);
  }

  #decide(draft: Draft, command: Command): Reply {
    if (command.kind === 'activate') return this.#activate(draft, command);
    if (this.image.controllerEpoch === null) return refused(refusal('NOT_CONTROLLER'));
    switch (command.kind) {
      case 'registerBroker':
        return registerBroker(draft, command, this.#replaced);
      case 'heartbeat':
        return heartbeat(draft, command);
      case 'fenceBroker':
        return fenceSilentBroker(draft, command);
      case 'goodbye':
        return goodbye(draft, command);
      case 'alterPartition':
        return alterPartitions(draft, command);
      case 'handoverReady':
        return handoverReady(draft, command);
      case 'replicaState':
        return reportReplica(draft, command);
      case 'admin':
        return this.#administer(draft, command.request);
      case 'sweep':
        electLeaderless(draft, 'sweep');
        return { kind: 'done' };
      default:
        return assertNever(command);
    }
  }

  /** C8: a term begins with an event of its own, with a higher epoch than any before. */
  #activate(draft: Draft, command: Command & { kind: 'activate' }): Reply {
    const { controllerEpoch, nodeId, pid } = command;
    const last = this.image.controllerEpoch;
    if (last !== null && controllerEpoch <= last) {
      const message = `controller epoch ${controllerEpoch} is over: ${last} has begun`;
      return refused(refusal('NOT_CONTROLLER', message));
    }
    const id = this.image.clusterId ?? clusterId(this.#random.id());
    if (this.image.clusterId === null) draft.add({ kind: 'clusterCreated', clusterId: id });
    draft.add({ kind: 'controllerActivated', controllerEpoch, nodeId, pid });
    electLeaderless(draft, 'sweep');
    return { kind: 'activated', clusterId: id };
  }

  #administer(draft: Draft, request: AdminRequest): Reply {
    switch (request.kind) {
      case 'createTopic':
        return admin(createTopic(draft, this.#random, request));
      case 'deleteTopic':
        return admin(deleteTopic(draft, request));
      case 'alterTopic':
        return admin(alterTopic(draft, request));
      case 'addPartitions':
        return admin(addPartitions(draft, this.#random, request));
      case 'electLeaders': {
        const { reply, handovers } = electLeaders(draft, request);
        return admin(reply, handovers);
      }
      case 'allocateProducerIds':
        return admin(allocateProducerIds(draft));
      default:
        return assertNever(request);
    }
  }
}

function alterPartitions(draft: Draft, command: Command & { kind: 'alterPartition' }): Reply {
  const stale = refuseStale(draft, command.broker, command.brokerEpoch);
  const results = command.requests.map((request) =>
    stale === null
      ? alterPartition(draft, command.broker, request)
      : { request, result: { ok: false, refusal: stale } as const },
  );
  return { kind: 'alterPartition', results };
}

/** X3 while running. Every report counts, a repeated one too: the log may be damaged anew. */
function reportReplica(draft: Draft, command: Command & { kind: 'replicaState' }): Reply {
  const { broker, topicId, partition } = command;
  const stale = refuseStale(draft, broker, command.brokerEpoch);
  if (stale !== null) return refused(stale);
  const topic = draft.image.topic(topicId);
  const state = draft.partition(topicId, partition);
  if (topic === undefined || state === undefined) return refused(refusal('UNKNOWN_TOPIC_ID'));
  if (!state.replicas.includes(broker)) {
    const message = `broker ${broker} has no replica of ${topic.name}-${partition}`;
    return refused(refusal('INVALID_REQUEST', message));
  }
  if (command.state !== 'damaged') {
    const message = `a running replica reports damage; "${command.state}" is said when registering`;
    return refused(refusal('INVALID_REQUEST', message));
  }
  takeOutDamaged(draft, topic, state, broker);
  return { kind: 'done' };
}

function admin(reply: AdminReply, handovers: readonly Handover[] = []): Reply {
  return { kind: 'admin', reply, handovers };
}

/** Far more than can be started again while a message is under way. */
const REPLACED_MAX = 1024;
