import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadBrokerConfig, loadControllerConfig } from '../../../src/config/load.ts';

const fileOf = (name: string) => ({
  path: name,
  text: readFileSync(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8'),
});

describe('the configuration files in deploy/', () => {
  test('the controller’s is complete by itself', () => {
    expect(loadControllerConfig({ file: fileOf('controller.yaml') })).toMatchObject({
      config: { logDir: '/var/lib/odradek/controller', advertisedHost: 'controller.internal' },
    });
  });

  test('the broker’s is complete by itself', () => {
    expect(loadBrokerConfig({ file: fileOf('broker.yaml') })).toMatchObject({
      config: { brokerId: 1, controllerAddress: 'controller.internal:9191' },
    });
  });

  test('its comments say how brokers 2 and 3 differ, and what they say works', () => {
    const file = fileOf('broker.yaml');
    const commands = [...file.text.matchAll(/^# {3}machine (\d): odradek broker start (.*)$/gm)];
    expect(commands.map(([, machine]) => machine)).toEqual(['1', '2', '3']);
    for (const [, machine, line = ''] of commands) {
      const words = line.split(' ');
      const flags: Record<string, string> = {};
      for (let i = 2; i < words.length; i += 2) {
        flags[(words[i] ?? '').slice(2).replaceAll('-', '.')] = words[i + 1] ?? '';
      }
      expect(loadBrokerConfig({ file, flags })).toMatchObject({
        config: { brokerId: Number(machine), advertisedHost: `broker-${machine}.internal` },
      });
    }
  });

  test('both agree on how failure is noticed', () => {
    const one = loadControllerConfig({ file: fileOf('controller.yaml') });
    const other = loadBrokerConfig({ file: fileOf('broker.yaml') });
    if ('problems' in one || 'problems' in other) throw new Error('checked above');
    for (const name of ['brokerSessionTimeoutMs', 'brokerHeartbeatIntervalMs'] as const) {
      expect(one.config[name]).toBe(other.config[name]);
    }
  });
});
