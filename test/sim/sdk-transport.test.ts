/** How calls of the SDK end on the simulated network: as they do with grpc-js on a real one. */
import { expect, test } from 'vitest';
import { OdradekError } from '../../src/base/errors.ts';
import { NotConnected } from '../../src/client/errors.ts';
import type { StreamHandlers } from '../../src/client/transport.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { CONSUMER_SERVICE, METADATA_SERVICE, PRODUCER_SERVICE } from '../../src/wire/services.ts';
import { drawKnobs, type Knobs } from './knobs.ts';
import { NodeClock } from './node-clock.ts';
import type { Process } from './scheduler.ts';
import { sealGlobals } from './sealed-globals.ts';
import { SimulatedTransport } from './sdk-transport.ts';
import { World } from './world.ts';

const CLIENT = 'client';
const FIRST = 'broker-1.memory:9192';
const LIMITS = { timeoutMs: 5_000 };
/** An empty question: of no topic. */
const QUESTION = { topics: [] };

const KNOBS: Knobs = {
  ...drawKnobs(new SeededRandom(1)),
  brokers: 3,
  network: {
    delayMinMs: 1,
    delayMeanMs: 0,
    lossPerMillion: 0,
    retransmitMs: 20,
    resetPerMillion: 0,
    // Every message comes twice, and counts once.
    duplicatePerMillion: 1_000_000,
    keepaliveMs: 2_000,
    windowMessages: 4,
  },
  driftMax: 0,
};

/** A cluster that serves, and one client process beside it. */
class Stage {
  readonly world: World;
  readonly process: Process;
  readonly transport: SimulatedTransport;

  constructor(seed: number) {
    this.world = new World(seed, KNOBS);
    const { scheduler, network, doors, nodes } = this.world;
    for (const seat of this.world.seats()) this.world.start(seat);
    const isActive = (): boolean =>
      nodes.brokers.every((node) => node.running && node.broker.state === 'active');
    expect(scheduler.runUntil(isActive, 10_000)).toBe(true);
    this.process = scheduler.startProcess(CLIENT);
    network.lives(CLIENT, this.process);
    const clock = new NodeClock(scheduler, this.process, { rate: 1, wallOffsetMs: 0 }, 0);
    const { process } = this;
    this.transport = new SimulatedTransport({ network, doors, name: CLIENT, process, clock });
  }

  /** Does something as the client, and returns how it ended and how long that took. */
  outcomeOf(ask: (transport: SimulatedTransport) => Promise<unknown>): {
    readonly value: unknown;
    readonly ms: number;
  } {
    const { scheduler } = this.world;
    const begunAt = scheduler.now;
    let ended: { value: unknown } | null = null;
    scheduler.schedule(0, this.process, 'client', () => {
      ask(this.transport).then(
        (value) => (ended = { value }),
        (error: unknown) => (ended = { value: error }),
      );
    });
    expect(scheduler.runUntil(() => ended !== null, 30_000)).toBe(true);
    return { value: (ended as { value: unknown } | null)?.value, ms: scheduler.now - begunAt };
  }

  askMetadata(address = FIRST): { readonly value: unknown; readonly ms: number } {
    return this.outcomeOf((transport) =>
      transport.call(address, 'metadata', METADATA_SERVICE.getMetadata, QUESTION, LIMITS),
    );
  }

  /** A watch of the metadata, once its first answer has come; `end` is how it ends. */
  watch(): { readonly end: () => { readonly value: unknown; readonly ms: number } } {
    let answers = 0;
    let error: OdradekError | null = null;
    const handlers: StreamHandlers<unknown> = {
      onMessage: () => (answers += 1),
      onEnd: (ended) => (error = ended),
    };
    const { scheduler } = this.world;
    scheduler.schedule(0, this.process, 'client', () => {
      this.transport.watch(FIRST, 'metadata', METADATA_SERVICE.watchMetadata, QUESTION, handlers);
    });
    expect(scheduler.runUntil(() => answers === 1, 1_000)).toBe(true);
    return {
      end: () => {
        const begunAt = scheduler.now;
        expect(scheduler.runUntil(() => error !== null, 30_000)).toBe(true);
        return { value: error, ms: scheduler.now - begunAt };
      },
    };
  }
}

/** A world has to be entered from a macrotask: its microtasks are run by hand. */
function onStage(play: (stage: Stage) => void, seed = 1): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      let unseal = (): void => {};
      let close = (): void => {};
      try {
        const stage = new Stage(seed);
        close = () => stage.world.close();
        unseal = sealGlobals(stage.world.scheduler);
        play(stage);
        resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      } finally {
        unseal();
        close();
      }
    });
  });
}

test('a call is answered by the handler of production', () =>
  onStage((stage) => {
    const { value, ms } = stage.askMetadata();
    expect(value).toMatchObject({ controllerReachable: true, topics: [] });
    // There and back for the connection, there and back for the question.
    expect(ms).toBeCloseTo(4, 1);
    expect(stage.askMetadata().ms).toBeCloseTo(2, 1);
  }));

test('a refusal comes out as the error that the handler threw', () =>
  onStage((stage) => {
    const { value } = stage.outcomeOf(
      (transport) =>
        new Promise((_, reject) => {
          transport.open(
            FIRST,
            'produce',
            PRODUCER_SERVICE.produceStream,
            { open: null, appends: [] },
            { onMessage: () => {}, onEnd: reject },
          );
        }),
    );
    expect(value).toBeInstanceOf(OdradekError);
    expect(value).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'the first message of a produce stream must carry open',
    });
  }));

test('a stream that is ended from this side is ended from the other', () =>
  onStage((stage) => {
    const { value } = stage.outcomeOf(
      (transport) =>
        new Promise((_, reject) => {
          const first = { clientId: '', isolation: 'read-committed', maxMessageBytes: 0 } as const;
          const stream = transport.open(
            FIRST,
            'fetch',
            CONSUMER_SERVICE.fetchStream,
            { open: first, assign: [], unassign: [], creditBytes: 0 },
            { onMessage: () => {}, onEnd: reject },
          );
          stream.end();
        }),
    );
    expect(value).toMatchObject({
      code: 'NETWORK_EXCEPTION',
      message: `${FIRST} has ended the stream`,
    });
  }));

test('where nobody listens nothing has left, and the next call fails at once', () =>
  onStage((stage) => {
    stage.world.kill(stage.world.seat('broker-1'));
    const { value } = stage.askMetadata();
    expect(value).toBeInstanceOf(NotConnected);
    const again = stage.askMetadata();
    expect(again.value).toBeInstanceOf(NotConnected);
    expect(again.ms).toBe(0);
    // Its machine has others on it, and another broker its own connection.
    expect(stage.askMetadata('broker-2.memory:9193').value).not.toBeInstanceOf(Error);
  }));

test('a process that is killed resets its streams', () =>
  onStage((stage) => {
    const watch = stage.watch();
    stage.world.kill(stage.world.seat('broker-1'));
    const { value, ms } = watch.end();
    expect(value).toMatchObject({ code: 'NETWORK_EXCEPTION' });
    expect(value).not.toBeInstanceOf(NotConnected);
    expect(ms).toBeLessThan(10);
  }));

test('a machine without power says nothing, which a ping finds out', () =>
  onStage((stage) => {
    const watch = stage.watch();
    stage.world.kill(stage.world.seat('broker-1'), { policy: 'drop' });
    const { value, ms } = watch.end();
    expect(value).toMatchObject({ code: 'NETWORK_EXCEPTION' });
    expect(ms).toBeGreaterThan(900);
    expect(ms).toBeLessThan(1_600);
  }));

test('so it is with a process that is frozen, or that nothing reaches', () =>
  onStage((stage) => {
    const { scheduler, network } = stage.world;
    const frozen = stage.world.seat('broker-1').process as Process;
    const watch = stage.watch();
    scheduler.pause(frozen);
    expect(watch.end().ms).toBeLessThan(1_600);
    scheduler.resume(frozen);
    scheduler.runFor(100);
    const another = stage.watch();
    network.cut(CLIENT, 'broker-1');
    const { value, ms } = another.end();
    expect(value).toMatchObject({ code: 'NETWORK_EXCEPTION' });
    expect(ms).toBeLessThan(1_600);
  }));

test('a call that is not answered in time is given up, and the connection kept', () =>
  onStage((stage) => {
    const { scheduler, network } = stage.world;
    const watch = stage.watch();
    network.cut('broker-1', CLIENT);
    const { value, ms } = stage.outcomeOf((transport) =>
      transport.call(FIRST, 'metadata', METADATA_SERVICE.getMetadata, QUESTION, { timeoutMs: 100 }),
    );
    expect(value).toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    expect(ms).toBeCloseTo(100, 1);
    network.heal('broker-1', CLIENT);
    scheduler.runFor(200);
    expect(stage.askMetadata().ms).toBeCloseTo(2, 1);
    stage.world.kill(stage.world.seat('broker-1'));
    watch.end();
  }));

/** Whether what a process had sent when it ended arrives is left to chance: with one of these it does. */
test('a broker that stops says so, and lets its calls end', async () => {
  const codes = new Set<string>();
  for (let seed = 1; seed <= 16; seed += 1)
    await onStage((stage) => {
      const watch = stage.watch();
      stage.world.stop(stage.world.seat('broker-1'));
      codes.add((watch.end().value as OdradekError).code);
    }, seed);
  expect([...codes].sort()).toEqual(['NETWORK_EXCEPTION', 'SHUTTING_DOWN']);
});
