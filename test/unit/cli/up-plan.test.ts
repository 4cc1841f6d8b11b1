import { describe, expect, test } from 'vitest';
import {
  loadBrokerConfig,
  loadControllerConfig,
  settingsOf,
  flagOf,
} from '../../../src/config/load.ts';
import { planProcesses } from '../../../src/cli/up/plan.ts';

/** What a planned process would be told, as its settings. */
function flagsOf(args: readonly string[]): Record<string, string> {
  const names = new Map(
    [...Object.keys(settingsOf('broker')), ...Object.keys(settingsOf('controller'))].map((name) => [
      flagOf(name),
      name,
    ]),
  );
  const flags: Record<string, string> = {};
  args.forEach((word, index) => {
    const name = names.get(word);
    if (name !== undefined) flags[name] = args[index + 1] ?? '';
  });
  return flags;
}

describe('what `up` starts', () => {
  const plan = planProcesses({ brokers: 3, port: 9_192, dataDirectory: '/data' });

  test('a controller one port below the brokers, HTTP 100 above each', () => {
    expect(plan.map(({ name, grpc, http }) => `${name} ${grpc} ${http}`)).toEqual([
      'controller 127.0.0.1:9191 127.0.0.1:9291',
      'broker-1 127.0.0.1:9192 127.0.0.1:9292',
      'broker-2 127.0.0.1:9193 127.0.0.1:9293',
      'broker-3 127.0.0.1:9194 127.0.0.1:9294',
    ]);
    expect(plan[3]).toMatchObject({ dataDir: '/data/broker-3', log: '/data/logs/broker-3.log' });
  });

  test('each process accepts what it is told', () => {
    const [controller, ...brokers] = plan;
    expect(loadControllerConfig({ flags: flagsOf(controller?.args ?? []) })).toMatchObject({
      config: { grpcPort: 9_191, httpPort: 9_291, logDir: '/data/controller' },
    });
    brokers.forEach(({ args }, index) => {
      expect(loadBrokerConfig({ flags: flagsOf(args) })).toMatchObject({
        config: {
          brokerId: index + 1,
          grpcPort: 9_192 + index,
          advertisedPort: 9_192 + index,
          controllerAddress: '127.0.0.1:9191',
        },
      });
    });
  });

  test('brokers whose ports would be those of HTTP, or do not exist, are refused', () => {
    const planned = (brokers: number, port: number) => () =>
      planProcesses({ brokers, port, dataDirectory: '/data' });
    expect(planned(100, 9_192)).toThrow('at most 99');
    expect(planned(3, 65_434)).toThrow('there is no room for 3 brokers from port 65434 on');
    const last = planned(3, 65_433)().at(-1);
    expect(last?.http).toBe('127.0.0.1:65535');
    const ports = planned(99, 9_192)().flatMap(({ grpc, http }) => [grpc, http]);
    expect(new Set(ports).size).toBe(200);
  });
});
