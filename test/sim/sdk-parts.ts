import type { Timer } from '../../src/base/clock.ts';
import { Client, type ConsumerOptions, type ProducerOptions } from '../../src/client/index.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { pick } from './knobs.ts';
import { NodeClock } from './node-clock.ts';
import type { Process } from './scheduler.ts';
import { SimulatedTransport } from './sdk-transport.ts';
import { TOPIC, type World } from './world.ts';

/** Knows what would keep a process alive. */
export class CountingClock extends NodeClock {
  pending = 0;

  override setTimer(milliseconds: number, callback: () => void): Timer {
    let isPending = true;
    const done = (): void => {
      if (isPending) this.pending -= 1;
      isPending = false;
    };
    this.pending += 1;
    const timer = super.setTimer(milliseconds, () => {
      done();
      callback();
    });
    return {
      cancel: () => {
        done();
        timer.cancel();
      },
    };
  }
}

/** A clock that may go wrong, as those of brokers do. */
export function newClock(world: World, process: Process, random: SeededRandom): CountingClock {
  const drift = (random.below(2_001) - 1_000) / 1_000;
  const faults = { rate: 1 + drift * world.knobs.driftMax, wallOffsetMs: 0 };
  return new CountingClock(world.scheduler, process, faults, 1 + random.below(50));
}

/** A client of the simulated cluster in a process of its own. */
export function newClient(
  world: World,
  seat: string,
  process: Process,
  clock: NodeClock,
  random: SeededRandom,
): Client {
  const { network, doors, nodes } = world;
  return new Client({
    bootstrap: nodes.brokers.map(({ id, name }) => `${name}.memory:${9191 + id}`),
    clientId: seat,
    clock,
    random: random.fork(),
    transport: new SimulatedTransport({ network, doors, name: seat, process, clock }),
  });
}

export function drawProducer(random: SeededRandom): ProducerOptions {
  return {
    acks: pick(random, ['all', 'all', 'all', 'all', 'all', 'all', 1, 1, 0]),
    lingerMs: pick(random, [0, 0, 2, 10]),
    batchBytes: pick(random, [300, 1_024, 64 * 1_024]),
    compression: 'none',
    maxBufferBytes: pick(random, [2_048, 16 * 1_024, 1024 * 1024]),
    maxBlockMs: pick(random, [200, 5_000, 30_000]),
    deliveryTimeoutMs: pick(random, [300, 2_000, 120_000, 120_000]),
    requestTimeoutMs: pick(random, [400, 2_000, 30_000]),
  };
}

export function drawConsumer(random: SeededRandom): ConsumerOptions {
  return {
    assign: [TOPIC],
    from: 'start',
    maxBufferBytes: pick(random, [4_096, 64 * 1_024, 16 * 1024 * 1024]),
    fetchMaxBytes: pick(random, [512, 4_096, 1024 * 1024]),
    isolation: pick(random, ['read-committed', 'read-uncommitted']),
    requestTimeoutMs: pick(random, [500, 5_000, 30_000]),
  };
}
