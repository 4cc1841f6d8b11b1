import { partitionKey, type PartitionKey } from '../../src/base/ids.ts';
import type { PartitionHost } from '../../src/broker/partition-host.ts';
import { PartitionLog, type PartitionLogOptions } from '../../src/log/partition-log.ts';
import { Replica } from '../../src/replication/replica.ts';
import type { Effect, Input } from '../../src/replication/types.ts';
import type { ReplicaView } from '../../src/replication/view.ts';
import type { BrokerNode } from '../../src/testing/cluster.ts';
import type { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import type { PartitionGhost } from './ghost.ts';
import { LogMirror, type MirrorBatch } from './mirror.ts';
import type { Process, Scheduler } from './scheduler.ts';
import { COMPACTED_TOPIC } from './topics.ts';

/** One replica of a running broker, as the observer sees it. */
export interface WatchedReplica {
  readonly broker: number;
  readonly host: PartitionHost;
  readonly mirror: LogMirror;
  readonly ghost: PartitionGhost;
  /** Of the end of the last event that touched it. */
  view: ReplicaView;
  /** What of the log has been compared with what is committed. */
  verifiedTo: number;
  /** Appended since the last look, in order. */
  appended: MirrorBatch[];
  /** The log has been cut, emptied or set aside since the last look. */
  cut: boolean;
}

/** One step of one replica machine, while it is being decided. */
export type StepListener = (step: {
  /** Undefined in the event that made it. */
  readonly watched: WatchedReplica | undefined;
  readonly input: Input;
  readonly effects: readonly Effect[];
}) => void;

/**
 * Looks over the shoulder of every replica in this process: wraps the machine and the log by their
 * prototypes, so that the production code runs unchanged and what it does is known step by step.
 * One at a time; `close` takes the wrappers off.
 */
export class Observer {
  onStep: StepListener = () => {};
  readonly #scheduler: Scheduler;
  readonly #ghostOf: (key: PartitionKey, host: PartitionHost) => PartitionGhost;
  readonly #mirrors = new WeakMap<PartitionLog, LogMirror>();
  readonly #appended = new WeakMap<PartitionLog, MirrorBatch[]>();
  readonly #cut = new WeakSet<PartitionLog>();
  readonly #changing = new WeakSet<PartitionLog>();
  readonly #watched = new Map<string, Map<PartitionKey, WatchedReplica>>();
  readonly #byReplica = new WeakMap<Replica, WatchedReplica>();
  readonly #touched = new Set<Process>();
  /** Machines that have decided something, and logs that were changed, since they were looked at. */
  readonly #changed = new Set<Replica | PartitionLog>();
  readonly #unwrap: () => void;

  constructor(
    scheduler: Scheduler,
    ghostOf: (key: PartitionKey, host: PartitionHost) => PartitionGhost,
  ) {
    this.#scheduler = scheduler;
    this.#ghostOf = ghostOf;
    this.#unwrap = this.#wrap();
  }

  /** The replicas of this broker that something has happened to since the last call. */
  look(node: BrokerNode, process: Process): readonly WatchedReplica[] {
    if (!this.#touched.delete(process) || !node.running) return NONE;
    let watched = this.#watched.get(node.name);
    const { broker } = node;
    if (watched === undefined) this.#watched.set(node.name, (watched = new Map()));
    const looked: WatchedReplica[] = [];
    for (const host of broker.partitions) {
      if (host.topic === COMPACTED_TOPIC) continue;
      let replica = watched.get(host.key);
      if (replica?.host !== host) {
        replica = this.#watch(node.id, host);
        watched.set(host.key, replica);
        this.#byReplica.set(host.replica, replica);
        this.#changed.add(host.log);
      }
      const hasDecided = this.#changed.delete(host.replica);
      const isChanged = this.#changed.delete(host.log) || hasDecided;
      // A log fails by itself, between any two decisions.
      if (!isChanged && host.log.failure === null) continue;
      replica.view = host.view();
      replica.appended = this.#appended.get(host.log) ?? [];
      this.#appended.delete(host.log);
      replica.cut = this.#cut.delete(host.log);
      if (replica.cut) replica.verifiedTo = Math.min(replica.verifiedTo, replica.mirror.endOffset);
      looked.push(replica);
    }
    return looked;
  }

  /** The replica of a partition on a broker as it was last seen; undefined while it is down. */
  replica(node: BrokerNode, key: PartitionKey): WatchedReplica | undefined {
    return this.#watched.get(node.name)?.get(key);
  }

  replicasOf(node: BrokerNode): Iterable<WatchedReplica> {
    return this.#watched.get(node.name)?.values() ?? [];
  }

  /** The process is gone: what it held is on its disk, and will be read from there. */
  forget(node: BrokerNode): void {
    for (const { host } of this.replicasOf(node)) {
      this.#changed.delete(host.replica);
      this.#changed.delete(host.log);
    }
    this.#watched.delete(node.name);
  }

  /** Whether this log is being cut, emptied or set aside at the moment. */
  isChanging(log: PartitionLog): boolean {
    return this.#changing.has(log);
  }

  close(): void {
    this.#unwrap();
  }

  #watch(broker: number, host: PartitionHost): WatchedReplica {
    const mirror = this.#mirrors.get(host.log);
    if (mirror === undefined) throw new Error('a log was opened unseen');
    const ghost = this.#ghostOf(partitionKey(host.topicId, host.partition), host);
    // What recovery found counts as written now.
    const appended = [...mirror.batches];
    this.#appended.set(host.log, appended);
    return {
      broker,
      host,
      mirror,
      ghost,
      view: host.view(),
      verifiedTo: 0,
      appended,
      cut: false,
    };
  }

  #touch(): void {
    const { current } = this.#scheduler;
    if (current !== null) this.#touched.add(current);
  }

  #wrap(): () => void {
    const log = PartitionLog.prototype;
    const replica = Replica.prototype;
    const originals = {
      open: PartitionLog.open,
      append: log.append,
      truncateTo: log.truncateTo,
      resetTo: log.resetTo,
      setAside: log.setAside,
      advanceLogStartOffset: log.advanceLogStartOffset,
      step: replica.step,
    };

    const observer = this;
    PartitionLog.open = async (options: PartitionLogOptions) => {
      const opened = await originals.open.call(PartitionLog, options);
      // The simulated disks are the only ones here.
      const mirror = new LogMirror(options.fileSystem as MemoryFileSystem, options.directory);
      mirror.load(opened.logStartOffset, opened.logEndOffset);
      observer.#mirrors.set(opened, mirror);
      observer.#touch();
      return opened;
    };
    log.append = function (this: PartitionLog, batches: Uint8Array): void {
      const before = this.logEndOffset;
      originals.append.call(this, batches);
      if (this.logEndOffset === before) return;
      observer.#changed.add(this);
      const added = observer.#mirrors.get(this)?.append(batches) ?? [];
      const waiting = observer.#appended.get(this);
      if (waiting === undefined) observer.#appended.set(this, added);
      else waiting.push(...added);
    };
    log.truncateTo = function (this: PartitionLog, endOffset, announce) {
      const done = originals.truncateTo.call(this, endOffset, announce);
      observer.#mirrors.get(this)?.truncate(this.logEndOffset);
      observer.#noteCut(this, done);
      return done;
    };
    log.resetTo = function (this: PartitionLog, startOffset) {
      const done = originals.resetTo.call(this, startOffset);
      observer.#mirrors.get(this)?.clear(startOffset);
      observer.#noteCut(this, done);
      return done;
    };
    log.setAside = function (this: PartitionLog, suffix) {
      const done = originals.setAside.call(this, suffix);
      observer.#noteCut(this, done);
      return done.then((path) => {
        observer.#mirrors.get(this)?.clear(0);
        observer.#noteCut(this, Promise.resolve());
        return path;
      });
    };
    log.advanceLogStartOffset = function (this: PartitionLog, startOffset) {
      observer.#changed.add(this);
      return originals.advanceLogStartOffset.call(this, startOffset);
    };
    replica.step = function (this: Replica, input, now, controllerLease) {
      const effects = originals.step.call(this, input, now, controllerLease);
      observer.#touch();
      observer.#changed.add(this);
      observer.onStep({ watched: observer.#byReplica.get(this), input, effects });
      return effects;
    };
    return () => {
      PartitionLog.open = originals.open;
      log.append = originals.append;
      log.truncateTo = originals.truncateTo;
      log.resetTo = originals.resetTo;
      log.setAside = originals.setAside;
      log.advanceLogStartOffset = originals.advanceLogStartOffset;
      replica.step = originals.step;
    };
  }

  #noteCut(log: PartitionLog, done: Promise<unknown>): void {
    this.#changing.add(log);
    // A change that fails leaves the log offline; nobody asks then.
    done.then(
      () => this.#changing.delete(log),
      () => {},
    );
    this.#cut.add(log);
    this.#changed.add(log);
    this.#appended.delete(log);
    this.#touch();
  }
}

const NONE: readonly WatchedReplica[] = [];
