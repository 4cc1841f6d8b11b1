import { OdradekError } from '../../../src/base/errors.ts';
import { Broker } from '../../../src/broker/broker.ts';
import { loadBrokerConfig } from '../../../src/config/load.ts';
import { createTelemetry } from '../../../src/telemetry/telemetry.ts';
import { only } from '../../../src/testing/cluster.ts';
import { MemoryMachine } from '../../../src/testing/memory-machine.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { NodeClock } from '../node-clock.ts';
import type { Process } from '../scheduler.ts';
import type { Name, Story } from './story.ts';

const MACHINE = 'second';

/** Another machine, with a disk of its own, on which somebody starts a broker under an id in use. */
export class SecondProcess {
  /** The code that it ended with; null while it runs. */
  failure: string | null = null;
  readonly #story: Story;
  readonly #process: Process;
  readonly #broker: Broker;

  constructor(story: Story, name: Name) {
    const { world } = story;
    const { scheduler, network, knobs, nodes } = world;
    this.#story = story;
    this.#process = scheduler.startProcess(MACHINE);
    network.lives(MACHINE, this.#process);
    const loaded = loadBrokerConfig({
      flags: {
        'broker.id': String(story.idOf(name)),
        'log.dir': '/data',
        ...only(knobs.settings, 'broker'),
      },
    });
    if ('problems' in loaded) throw new Error(loaded.problems.join());
    this.#broker = new Broker({
      config: loaded.config,
      fileSystem: story.disks.empty(MACHINE),
      clock: new NodeClock(scheduler, this.#process, { rate: 1, wallOffsetMs: 0 }, 1),
      random: new SeededRandom(2),
      probe: new MemoryMachine().startProcess(),
      peers: network.peersOf(MACHINE),
      controllers: network.controllersOf(MACHINE),
      telemetry: createTelemetry({
        event: (event, fields) => world.note(MACHINE, event, fields),
      }),
    });
    const grpc = { host: `${MACHINE}.memory`, port: 9999 };
    network.listenBroker(MACHINE, grpc, this.#broker.door);
    void this.#broker.failed.then((error) => {
      this.failure = error instanceof OdradekError ? error.code : String(error);
    });
    scheduler.schedule(0, this.#process, 'process', () => {
      void this.#broker.start({ controller: nodes.controller.endpoint, grpc, http: null });
    });
  }

  /** As kill −9 would. */
  end(): void {
    const { scheduler, network } = this.#story.world;
    network.died(this.#process, 'process');
    scheduler.kill(this.#process);
    network.remove(MACHINE);
    this.#broker.crash();
  }
}
