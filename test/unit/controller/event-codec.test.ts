import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptEvent, encodeEvent, parseEvent } from '../../../src/controller/event-codec.ts';
import { ClusterImage } from '../../../src/controller/image.ts';
import type { Event } from '../../../src/controller/types.ts';
import { Cluster } from './cluster.ts';

function everyKind(): Event[] {
  const cluster = new Cluster().start(1, 2, 3);
  cluster.createTopic('flights', { settings: { 'retention.ms': '7d' } });
  cluster.fence(1);
  cluster.register(2, { start: 2, markFileIntact: false, rack: 'a', http: null, pid: null });
  cluster.fence(3);
  cluster.register(3, { start: 2, markFileIntact: false });
  cluster.admin({ kind: 'addPartitions', name: 'flights', total: 1 });
  cluster.heartbeat(1);
  cluster.admin({ kind: 'alterTopic', name: 'flights', settings: { 'segment.bytes': '2MiB' } });
  cluster.admin({ kind: 'deleteTopic', name: 'flights' });
  cluster.createTopic('trains', { replicationFactor: 1 });
  cluster.admin({ kind: 'addPartitions', name: 'trains', total: 2 });
  cluster.admin({ kind: 'allocateProducerIds' });
  return cluster.journal;
}

describe('events as bytes', () => {
  test('come back equal, whatever their kind', () => {
    const events = everyKind();
    expect(new Set(events.map(({ kind }) => kind)).size).toBe(11);
    for (const event of events) expect(parseEvent(encodeEvent(event))).toEqual(event);
  });

  test('have one readable form', () => {
    const [, activated] = everyKind();
    expect(activated?.kind).toBe('controllerActivated');
    if (activated === undefined) return;
    expect(new TextDecoder().decode(encodeEvent(activated))).toBe(
      '{"version":1,"kind":"controllerActivated","controllerEpoch":1,"nodeId":100,"pid":99}',
    );
  });

  test.each([
    ['no JSON', 'not JSON'],
    ['[]', 'not an object'],
    ['{"version":2,"kind":"topicDeleted"}', 'version 2'],
    ['{"version":1,"kind":"topicEaten"}', 'one of clusterCreated'],
    ['{"version":1,"kind":"topicDeleted"}', 'lacks "topicId"'],
    ['{"version":1,"kind":"topicDeleted","topicId":"short"}', '22 characters'],
    ['{"version":1,"kind":"controllerActivated","controllerEpoch":-1}', 'whole number'],
  ])('%s is refused: %s', (text, reason) => {
    const parse = () => parseEvent(new TextEncoder().encode(text));
    expect(parse).toThrow(CorruptEvent);
    expect(parse).toThrow(reason);
  });

  test('that are damaged in any way throw nothing but CorruptEvent', () => {
    const encoded = everyKind().map(encodeEvent);
    const snapshot = new Cluster().start(1, 2).image.encodeSnapshot();
    fc.assert(
      fc.property(
        fc.nat(encoded.length),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1 }),
        (which, changes) => {
          const bytes = Uint8Array.from(encoded[which] ?? snapshot);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          try {
            if (which < encoded.length) parseEvent(bytes);
            else ClusterImage.fromSnapshot(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptEvent);
          }
        },
      ),
    );
  });
});
