import { RecordBatchView } from '../../src/record/index.ts';
import { OdradekError } from '../../src/base/errors.ts';
import { finalReads } from '../../src/testing/judge/final-read.ts';
import type { HistoryEvent } from '../../src/testing/judge/history.ts';
import { judge } from '../../src/testing/judge/judge.ts';
import { HistoryRecorder } from '../../src/testing/judge/recorder.ts';
import { describeVerdict } from '../../src/testing/judge/verdict.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { exponential, pick } from './knobs.ts';
import { SdkLife, type SdkCounts } from './sdk-client.ts';
import { newClient, newClock } from './sdk-parts.ts';
import { must, Violation } from './violation.ts';
import type { RawSend, Workload } from './workload.ts';
import { TOPIC, type World } from './world.ts';

/** What may happen to a client. Cuts are of one way, or of both. */
const TROUBLES = ['kill', 'power', 'pause', 'close', 'cut', 'cutOneWay'] as const;
type Trouble = (typeof TROUBLES)[number];

/** One client through all of its lives. */
interface SdkSeat {
  readonly name: string;
  life: SdkLife | null;
  lives: number;
}

/**
 * Clients of the SDK beside the raw ones, on the same partitions, over the wire's own bytes: they
 * are killed, cut off, paused and closed as brokers are. The history of all clients, raw ones as
 * well, is judged at the end against what a fresh consumer reads.
 */
export class SdkWorkload {
  readonly counts: SdkCounts & Partial<Record<Trouble, number>> = {
    sent: 0,
    delivered: 0,
    failed: 0,
    read: 0,
    seeks: 0,
    outOfRange: 0,
  };
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #events: HistoryEvent[] = [];
  readonly #recorder: HistoryRecorder;
  readonly #rawRecorder: HistoryRecorder;
  readonly #seats: readonly SdkSeat[];
  #active = false;
  #hasFinalRead = false;

  constructor(world: World, workload: Workload) {
    this.#world = world;
    this.#random = world.random.fork();
    const now = (): number => world.now;
    const sink = (event: HistoryEvent): void => void this.#events.push(event);
    this.#recorder = new HistoryRecorder({ now, sink });
    this.#rawRecorder = new HistoryRecorder({ now, sink, attempts: 'once' });
    this.#seats = Array.from({ length: 1 + this.#random.below(2) }, (_, index) => ({
      name: `sdk-${index + 1}`,
      life: null,
      lives: 0,
    }));
    workload.onSend = (send) => this.#onRawSend(send);
  }

  start(): void {
    this.#active = true;
    for (const seat of this.#seats) this.#begin(seat);
    this.#nextTrouble();
  }

  /** Nothing happens to clients any more, and all of them live, once those that close have closed. */
  heal(): void {
    this.#active = false;
    const { network, nodes } = this.#world;
    for (const seat of this.#seats) {
      for (const { name } of nodes.brokers) {
        network.heal(seat.name, name);
        network.heal(name, seat.name);
      }
      const { life } = seat;
      if (life === null) this.#begin(seat);
      else if (life.process.paused) this.#world.scheduler.resume(life.process);
    }
  }

  /** No more sends; what was sent is awaited. */
  stop(): void {
    for (const life of this.#lives()) life.loading = false;
  }

  /** Whether every client is there, and will be. */
  get settled(): boolean {
    return this.#seats.every(({ life }) => life !== null && !life.closing);
  }

  get waiting(): number {
    return this.#lives().reduce((sum, life) => sum + life.waiting, 0);
  }

  /** Each client writes to each partition; `done` when all of that is delivered. */
  probe(done: () => void): void {
    let left = 0;
    for (const life of this.#lives()) {
      for (let partition = 0; partition < this.#world.knobs.partitions; partition++) {
        left += 1;
        life.probe(partition, () => {
          left -= 1;
          if (left === 0) done();
        });
      }
    }
  }

  /** Whether every consumer has been given everything that is committed. */
  get caughtUp(): boolean {
    return this.#lives().every((life) => life.caughtUp);
  }

  close(): void {
    for (const life of this.#lives()) if (!life.closing) life.close();
  }

  get closed(): boolean {
    return this.#lives().every((life) => life.closed);
  }

  /** A process whose client was closed a moment ago may end. */
  checkNothingIsLeft(): void {
    for (const { name, pendingTimers } of this.#lives()) {
      must(
        pendingTimers === 0,
        'sdk',
        () => `${name} has closed and keeps ${pendingTimers} timers`,
      );
    }
  }

  /** A fresh consumer reads everything; `done` when it has. */
  readAll(done: () => void): void {
    const { scheduler, network } = this.#world;
    const process = scheduler.startProcess(FINAL_READER);
    network.lives(FINAL_READER, process);
    const clock = newClock(this.#world, process, this.#random);
    const client = newClient(this.#world, FINAL_READER, process, clock, this.#random);
    const read = async (): Promise<void> => {
      for await (const part of finalReads(client, TOPIC)) this.#recorder.add(part);
      await client.close();
      this.#hasFinalRead = true;
      done();
    };
    scheduler.schedule(0, process, 'client', () => {
      read().catch((error: unknown) => {
        const code = error instanceof OdradekError ? `${error.code}: ` : '';
        const why = error instanceof Error ? error.message : String(error);
        const violation = new Violation('sdk', `the final read has failed with ${code}${why}`);
        scheduler.onError(violation, process);
      });
    });
  }

  /** Throws a `Violation` for anything that the log has done to its clients. */
  judge(): void {
    if (!this.#hasFinalRead) throw new Error('nothing can be judged before the final read');
    this.#recorder.finish();
    this.#rawRecorder.finish();
    const verdict = judge(this.#events, { idempotent: false });
    if (verdict.anomalies.length > 0) throw new Violation('judge', describeVerdict(verdict));
  }

  describe(): string {
    return this.#seats.map(({ name, life }) => life?.describe() ?? `${name}: down`).join('\n  ');
  }

  #lives(): SdkLife[] {
    return this.#seats.flatMap(({ life }) => life ?? []);
  }

  #begin(seat: SdkSeat): void {
    seat.lives += 1;
    seat.life = new SdkLife({
      world: this.#world,
      recorder: this.#recorder,
      counts: this.counts,
      random: this.#random.fork(),
      seat: seat.name,
      number: seat.lives,
    });
    seat.life.start();
  }

  #onRawSend({ client, partition, acks, batch }: RawSend): ReturnType<Workload['onSend']> {
    const values: string[] = [];
    const cursor = new RecordBatchView(batch).cursor();
    const decoder = new TextDecoder();
    while (cursor.next()) values.push(decoder.decode(cursor.value ?? new Uint8Array(0)));
    const open = values.map((value) =>
      this.#rawRecorder.startSend({ client, partition: `${TOPIC}-${partition}`, value, acks }),
    );
    return (result) => {
      const error = result.ok ? null : new OdradekError(result.refusal.code);
      const baseOffset = result.ok && acks !== 0 ? result.baseOffset : null;
      for (const [index, send] of open.entries()) {
        send.settle(error, baseOffset === null ? null : baseOffset + index);
      }
    };
  }

  // --- What happens to clients. ---

  #nextTrouble(): void {
    const { scheduler, knobs } = this.#world;
    const mean = Math.max(TROUBLE_MS_MIN, knobs.faultEveryMs * 3);
    scheduler.schedule(exponential(this.#random, mean), null, 'fault', () => {
      if (!this.#active) return;
      const seat = pick(this.#random, this.#seats);
      const trouble = pick(this.#random, TROUBLES);
      if (seat.life !== null && !seat.life.closing) {
        this.#world.note(seat.name, `meets ${trouble}`);
        this.counts[trouble] = (this.counts[trouble] ?? 0) + 1;
        this.#happen(seat, seat.life, trouble);
      }
      this.#nextTrouble();
    });
  }

  #happen(seat: SdkSeat, life: SdkLife, trouble: Trouble): void {
    const { scheduler, network, nodes, sessionTimeoutMs } = this.#world;
    switch (trouble) {
      case 'kill':
        return this.#end(seat, life, 'process');
      case 'power':
        return this.#end(seat, life, 'power');
      case 'pause':
        scheduler.pause(life.process);
        return this.#afterwards(3 * sessionTimeoutMs, () => {
          if (life.process.alive && life.process.paused) scheduler.resume(life.process);
        });
      case 'close':
        life.close();
        return this.#whenClosed(seat, life);
      case 'cut':
      case 'cutOneWay': {
        const broker = pick(this.#random, nodes.brokers).name;
        const ways: [string, string][] = [
          [seat.name, broker],
          [broker, seat.name],
        ];
        if (trouble === 'cutOneWay') ways.splice(this.#random.below(2), 1);
        for (const [from, to] of ways) network.cut(from, to);
        return this.#afterwards(3 * sessionTimeoutMs, () => {
          for (const [from, to] of ways) network.heal(from, to);
        });
      }
    }
  }

  #whenClosed(seat: SdkSeat, life: SdkLife): void {
    this.#world.scheduler.schedule(CLOSE_POLL_MS, null, 'fault', () => {
      if (seat.life !== life) return;
      if (!life.closed) return this.#whenClosed(seat, life);
      this.#end(seat, life, 'process');
    });
  }

  /** This life is over; the next begins after a while. */
  #end(seat: SdkSeat, life: SdkLife, how: 'process' | 'power'): void {
    const { scheduler, network } = this.#world;
    network.died(life.process, how);
    scheduler.kill(life.process);
    seat.life = null;
    if (!this.#active) return this.#begin(seat);
    this.#afterwards(this.#world.knobs.downMs, () => {
      if (seat.life === null) this.#begin(seat);
    });
  }

  /** In a while, unless everything is healed by then. */
  #afterwards(meanMs: number, work: () => void): void {
    this.#world.scheduler.schedule(exponential(this.#random, meanMs), null, 'fault', () => {
      if (this.#active) work();
    });
  }
}

const FINAL_READER = 'sdk-final';
const TROUBLE_MS_MIN = 300;
const CLOSE_POLL_MS = 10;
