import { nodeId, type PartitionKey, type TopicId } from '../../src/base/ids.ts';
import type { AdminReply } from '../../src/controller/types.ts';
import { CompactedWorkload } from './compacted-workload.ts';
import { ExactProducers } from './exact-producers.ts';
import { Faults } from './faults.ts';
import { describeKnobs, type Knobs } from './knobs.ts';
import type { EventKind } from './scheduler.ts';
import { SdkWorkload } from './sdk-workload.ts';
import { sealGlobals } from './sealed-globals.ts';
import type { RareState } from './sometimes.ts';
import type { BrokerNode } from '../../src/testing/cluster.ts';
import { must, Violation } from './violation.ts';
import { Workload } from './workload.ts';
import { TransactionalProducers } from './transactional-producers.ts';
import { COMPACTED_TOPIC, TOPIC, World } from './world.ts';

/** What became of one seed. */
export interface Outcome {
  readonly seed: number;
  readonly ok: boolean;
  /** `S3`, `L1`, `crash`, …; null when nothing was violated. */
  readonly invariant: string | null;
  readonly message: string | null;
  readonly knobs: string;
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly events: number;
  readonly byKind: Readonly<Record<EventKind, number>>;
  readonly acknowledged: number;
  /** What clients of the SDK did and met; null without any. */
  readonly sdk: Readonly<Record<string, number>> | null;
  readonly faults: Readonly<Record<string, number>>;
  readonly rare: Readonly<Partial<Record<RareState, number>>>;
  /** Only where it was asked for. */
  readonly trace: readonly string[];
}

export interface SimulationOptions {
  readonly knobs?: Knobs;
  /** Keeps every line of what happened. */
  readonly trace?: boolean;
}

/** Lives one world from its seed: first under faults, then healed, when all must come right. */
export function simulate(seed: number, options: SimulationOptions = {}): Outcome {
  const world = new World(seed, options.knobs);
  world.trace.full = options.trace === true;
  const workload = new Workload(world);
  const faults = new Faults(world);
  const sdk = world.knobs.sdk ? new SdkWorkload(world, workload) : null;
  const exact = new ExactProducers(world, (answer) => workload.acknowledge(answer));
  const transactional = new TransactionalProducers(world, (answer) => workload.acknowledge(answer));
  const compacted = new CompactedWorkload(world);
  const unseal = sealGlobals(world.scheduler);
  let violation: Violation | null = null;
  try {
    live(world, { workload, faults, sdk, exact, transactional, compacted });
  } catch (error) {
    if (error instanceof OfflineByRule) {
      world.note('world', 'stays as it is', { message: error.message });
    } else {
      if (!(error instanceof Violation)) throw error;
      violation = error;
      world.note('world', 'VIOLATION', { message: error.message });
    }
  } finally {
    unseal();
    world.close();
  }
  return {
    seed,
    ok: violation === null,
    invariant: violation?.invariant ?? null,
    message: violation?.message ?? null,
    knobs: describeKnobs(world.knobs),
    traceHash: world.scheduler.traceHash,
    simulatedMs: world.now,
    events: world.scheduler.events,
    byKind: world.scheduler.byKind,
    acknowledged: workload.counts.acknowledged,
    sdk: sdk === null ? null : { ...sdk.counts },
    faults: Object.fromEntries(faults.counts),
    rare: Object.fromEntries(world.sometimes.counts),
    trace: world.trace.lines,
  };
}

interface Parts {
  readonly workload: Workload;
  readonly faults: Faults;
  readonly sdk: SdkWorkload | null;
  readonly exact: ExactProducers;
  readonly transactional: TransactionalProducers;
  readonly compacted: CompactedWorkload;
}

function live(world: World, parts: Parts): void {
  const { workload, faults, sdk, exact, transactional, compacted } = parts;
  const { scheduler, knobs } = world;
  for (const seat of world.seats()) world.start(seat);
  until(world, 'brokers that serve', () => allActive(world));
  createTopics(world);

  // Safety: whatever goes wrong, nothing may be untrue.
  workload.start();
  sdk?.start();
  exact.start();
  transactional.start();
  compacted.start();
  faults.start();
  const isLongEnough = (): boolean =>
    scheduler.events >= FAULTS_EVENTS_MAX || workload.counts.acknowledged >= knobs.batches;
  scheduler.runUntil(isLongEnough, FAULTS_MS_MAX);
  faults.hurry();
  scheduler.runUntil(() => faults.total >= FAULTS_MIN, FAULTS_MS_MAX);

  // Liveness: everything is healed, and must come right within a bound.
  workload.hurry();
  liveWithoutOne(world, workload, faults);
  faults.heal();
  sdk?.heal();
  until(world, 'brokers that serve again', () => allActive(world));
  until(
    world,
    `${BATCHES_MIN} acknowledged batches`,
    () => workload.counts.acknowledged >= BATCHES_MIN,
  );
  workload.stop();
  exact.stop();
  transactional.stop();
  compacted.stop();
  until(world, 'an answer to every produce', () => workload.waiting === 0);
  until(world, 'a place for every batch of a producer', () => exact.unsettled === 0);
  until(world, 'a place for every keyed write', () => compacted.unsettled === 0);
  until(world, 'an end of every transaction', () => transactional.busy === 0 && allStable(world));
  if (sdk !== null) lastSends(world, sdk);
  until(world, 'every replica in sync', () => allInSync(world));
  for (let partition = 0; partition < knobs.partitions; partition++)
    writeOnce(world, workload, partition);
  readEverything(world, workload);
  until(world, 'every replica in sync and equal', () => allInSync(world) && endsAgree(world));
  world.check((invariant) => invariant.onRest?.(world));
  checkCompacted(world, compacted);
  if (sdk !== null) lastReads(world, sdk);
  const events = scheduler.events;
  scheduler.runFor(IDLE_MS);
  const perSecond = (scheduler.events - events) / (IDLE_MS / 1_000);
  must(perSecond < IDLE_EVENTS_MAX, 'L2', () => `an idle cluster has ${perSecond} events a second`);
  for (const seat of world.brokerSeats()) world.stop(seat);
  until(world, 'clean stops', () => world.brokerSeats().every((seat) => seat.process === null));
  must(
    faults.total >= FAULTS_MIN,
    'faults',
    () => `only ${faults.total} faults in ${world.now} ms`,
  );
}

/** Clients of the SDK come to rest: all live, and whatever they have sent settles. */
function lastSends(world: World, sdk: SdkWorkload): void {
  const wait = (what: string, condition: () => boolean): void =>
    until(world, what, condition, () => sdk.describe());
  wait('clients of the SDK that live', () => sdk.settled);
  sdk.stop();
  let probed = false;
  sdk.probe(() => {
    probed = true;
  });
  wait('writes of the SDK', () => probed);
  wait('an outcome of every send of the SDK', () => sdk.waiting === 0);
}

/** Their consumers come to the end, they close, and what all clients have seen is judged. */
function lastReads(world: World, sdk: SdkWorkload): void {
  const wait = (what: string, condition: () => boolean): void =>
    until(world, what, condition, () => sdk.describe());
  wait('consumers of the SDK that have read everything', () => sdk.caughtUp);
  sdk.close();
  wait('clients of the SDK that close', () => sdk.closed);
  world.scheduler.runFor(CLOSED_MS);
  sdk.checkNothingIsLeft();
  let read = false;
  sdk.readAll(() => {
    read = true;
  });
  wait('a final read by the SDK', () => read);
  sdk.judge();
}

/**
 * A core is enough: in some worlds one broker stays dead for good at first, and the others must take
 * writes without it, wherever somebody is left who may lead and enough are left to be in sync.
 */
function liveWithoutOne(world: World, workload: Workload, faults: Faults): void {
  const { knobs } = world;
  const seats = world.brokerSeats();
  const dead = seats[world.random.below(3 * seats.length)];
  const isSpare = knobs.replicationFactor >= 3 && knobs.minIsr < knobs.replicationFactor;
  if (dead === undefined || !isSpare || world.losses.length > 0) return;
  const { id } = dead.node as BrokerNode;
  faults.heal(dead);
  until(world, 'brokers that serve, but one', () =>
    world.nodes.brokers.every(
      (node) => node.id === id || (node.running && node.broker.state === 'active'),
    ),
  );
  // What is still on its way would count below: a change of the minimum, and what the dead broker has
  // proposed, until the controller has given it up.
  until(world, 'an answer to what was asked of the controller', () => faults.asking === 0);
  until(
    world,
    'the dead broker to be fenced',
    () => world.image?.broker(nodeId(id))?.fenced === true,
  );
  // Who was everybody's last hope takes the partition down with it: that is what it means. And a
  // minimum may have been set since that nobody but all of them can meet.
  const canLead = world.keys.every((key) => {
    const state = world.partitionState(key);
    if (state === undefined || state.minIsr >= state.replicas.length) return false;
    return [...state.isr, ...state.elr].some((each) => each !== id);
  });
  if (!canLead) return;
  for (let partition = 0; partition < knobs.partitions; partition++) {
    writeOnce(world, workload, partition);
  }
  world.sometimes.count('went on without one broker');
}

function createTopics(world: World): void {
  const { partitions, topicSettings, compacted, compactedTopicSettings } = world.knobs;
  world.topicId = createTopic(world, TOPIC, partitions, topicSettings);
  if (compacted) {
    world.compactedTopicId = createTopic(world, COMPACTED_TOPIC, 1, compactedTopicSettings);
  }
  until(world, 'leaders', () =>
    world.keys.every((key) => {
      const leader = world.partitionState(key)?.leader ?? null;
      return leader !== null && world.replica(leader, key)?.view.role === 'leader';
    }),
  );
}

function createTopic(
  world: World,
  name: string,
  partitions: number,
  settings: Readonly<Record<string, string>>,
): TopicId {
  const { host } = world.nodes.controller;
  const { process } = world.controllerSeat;
  const { knobs } = world;
  let made: TopicId | null = null;
  const take = (answer: AdminReply): void => {
    if (answer.kind === 'topicCreated') {
      made = answer.topicId;
      return;
    }
    // A broker may have lost its session to the network since: a user would try again as well.
    const isEarly =
      answer.kind === 'refused' && answer.refusal.code === 'INVALID_REPLICATION_FACTOR';
    if (!isEarly) throw new Error(`no topic: ${JSON.stringify(answer)}`);
    world.scheduler.schedule(CREATE_AGAIN_MS, process, 'client', ask);
  };
  const ask = (): void =>
    void host
      ?.admin({
        kind: 'createTopic',
        name,
        partitions,
        replicationFactor: knobs.replicationFactor,
        settings: {
          ...settings,
          durability: knobs.durability,
          'min.insync.replicas': String(knobs.minIsr),
        },
        validateOnly: false,
      })
      .then(take);
  world.scheduler.schedule(0, process, 'client', ask);
  until(world, 'a topic', () => made !== null);
  return made as unknown as TopicId;
}

/** Every replica of the compacted topic is read, once all have what was committed. */
function checkCompacted(world: World, compacted: CompactedWorkload): void {
  if (world.compactedKey === null) return;
  until(world, 'compacted logs that end alike', () => compacted.endsAgree());
  let checked = false;
  compacted.check(() => {
    checked = true;
  });
  until(world, 'compacted logs that can be read', () => checked);
}

/** A whole cluster takes a write at acks=all, if not at the first try. */
function writeOnce(world: World, workload: Workload, partition: number): void {
  let taken = false;
  const attempt = (): void => {
    workload.probe(partition, (ok) => {
      taken = ok;
      if (!ok) attempt();
    });
  };
  attempt();
  until(world, `a write to partition ${partition}`, () => taken);
}

/** From start to end, by a reader who knows nothing: also finds what has rotted on a leader's disk. */
function readEverything(world: World, workload: Workload): void {
  let left = world.knobs.partitions;
  for (let partition = 0; partition < world.knobs.partitions; partition++) {
    workload.readAll(partition, () => {
      left -= 1;
    });
  }
  until(world, 'everything to be read', () => left === 0);
}

function allActive(world: World): boolean {
  return world.nodes.brokers.every((node) => node.running && node.broker.state === 'active');
}

function allInSync(world: World): boolean {
  const { keys, compactedKey } = world;
  return [...keys, ...(compactedKey === null ? [] : [compactedKey])].every((key) => {
    const state = world.partitionState(key);
    return state?.leader !== null && state?.isr.length === world.knobs.replicationFactor;
  });
}

/** Whoever abandoned a transaction has left it to its coordinator. */
function allStable(world: World): boolean {
  return world.keys.every((key) =>
    world.replicas(key).every(({ host, view }) => {
      if (view.role !== 'leader') return true;
      return host.log.producers.lastStableOffset(view.highWatermark) === view.highWatermark;
    }),
  );
}

function endsAgree(world: World): boolean {
  return world.keys.every((key) => {
    const replicas = world.replicas(key);
    const ends = new Set<number>();
    for (const { host } of replicas) {
      ends.add(host.log.logEndOffset).add(host.log.durableEndOffset).add(host.highWatermark);
    }
    return replicas.length === world.knobs.replicationFactor && ends.size === 1;
  });
}

function until(
  world: World,
  what: string,
  condition: () => boolean,
  more: () => string = () => '',
): void {
  const done = world.scheduler.runUntil(condition, PATIENCE_MS);
  const places = [
    ...world.ghosts.keys(),
    ...(world.compactedKey === null ? [] : [world.compactedKey]),
  ];
  const offline = done ? undefined : places.find((key) => isOfflineByRule(world, key));
  if (offline !== undefined) throw new OfflineByRule(offline);
  must(
    done,
    'L1',
    () => `waited ${PATIENCE_MS / 1_000} s in vain for ${what}\n${describe(world)}\n  ${more()}`,
  );
}

/**
 * C6: of the last who may hold everything that was committed one has lost its disk. What it had, nobody
 * knows, so nobody is elected until an operator says so: that is right, and the end of this world.
 */
class OfflineByRule extends Error {}

function isOfflineByRule(world: World, key: PartitionKey): boolean {
  const state = world.partitionState(key);
  if (state === undefined || state.leader !== null) return false;
  const { isr, elr, lastKnownElr } = state;
  if (isr.length > 0 || elr.length > 0) return false;
  return lastKnownElr.some((broker) => world.isLossy(broker, key));
}

/** How things stand, for whoever has to understand why nothing moves. */
function describe(world: World): string {
  const lines = world.seats().map((seat) => {
    const { node, process } = seat;
    const state = process === null ? 'down' : process.paused ? 'paused' : 'up';
    const broker = 'broker' in node && node.running ? node.broker.status() : null;
    return `  ${node.name}: ${state}${broker === null ? '' : ` ${broker.state} ${broker.reason ?? ''}`}`;
  });
  for (const key of world.keys) {
    const state = world.partitionState(key);
    if (state === undefined) continue;
    const { leader, leaderEpoch, partitionEpoch, isr, elr } = state;
    lines.push(
      `  ${key}: leader ${leader} epoch ${leaderEpoch}/${partitionEpoch} ISR [${isr.join()}] ELR [${elr.join()}] last known [${state.lastKnownElr.join()}]`,
    );
    for (const { broker, view } of world.replicas(key)) {
      lines.push(
        `    broker ${broker}: ${view.role} epoch ${view.leaderEpoch}/${view.partitionEpoch} log ${view.logStartOffset}..` +
          `${view.durableEndOffset}/${view.logEndOffset} high watermark ${view.highWatermark} ${view.health} ` +
          `${view.leaseLapsed ? 'lease lapsed ' : ''}${JSON.stringify(view.session)}`,
      );
    }
  }
  if (world.losses.length > 0) lines.push(`  losses: ${JSON.stringify(world.losses)}`);
  return lines.join('\n');
}

/** Simulated time that anything may take once nothing goes wrong. */
const PATIENCE_MS = 60_000;
const FAULTS_MS_MAX = 120_000;
/** A world that has seen this much has seen enough trouble; what it has not written it writes healed. */
const FAULTS_EVENTS_MAX = 10_500;
const FAULTS_MIN = 3;
const BATCHES_MIN = 500;
/** Between two tries to make a topic. */
const CREATE_AGAIN_MS = 10;
/** How long something that was closed may take to let go of everything. */
const CLOSED_MS = 1_000;
const IDLE_MS = 1_000;
const IDLE_EVENTS_MAX = 20_000;
