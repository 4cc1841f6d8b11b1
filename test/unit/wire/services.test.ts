/** Every RPC: what is sent comes back, the path is the proto's, and no bytes break the decoders. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../../src/base/errors.ts';
import {
  brokerEpoch,
  clusterId,
  controllerEpoch,
  diskId,
  generation,
  incarnationId,
  instant,
  leaderEpoch,
  metadataOffset,
  nodeId,
  offset,
  partitionEpoch,
  partitionIndex,
  topicId,
} from '../../../src/base/ids.ts';
import type {
  AlterPartitionProposal,
  PartitionState,
  SessionRequest,
} from '../../../src/controller/types.ts';
import {
  GROUP_SERVICE,
  TRANSACTION_PARTITION_SERVICE,
  TRANSACTION_SERVICE,
} from '../../../src/wire/coordination-services.ts';
import { CONTROLLER_SERVICE, REPLICATION_SERVICE } from '../../../src/wire/internal-services.ts';
import { MalformedMessage } from '../../../src/wire/malformed-message.ts';
import { odradek } from '../../../src/wire/protobuf.ts';
import {
  ADMIN_SERVICE,
  CONSUMER_SERVICE,
  METADATA_SERVICE,
  PRODUCER_SERVICE,
} from '../../../src/wire/services.ts';
import { COORDINATION_SAMPLES, sample } from './coordination-samples.ts';

const TOPIC = topicId('topicTOPIC0123456789-_');
const CLUSTER = clusterId('clusterCLUSTER01234567');
const ONE = partitionIndex(1);
const LEADER = {
  broker: nodeId(2),
  leaderEpoch: leaderEpoch(7),
  endpoint: { host: '127.0.0.1', port: 9192 },
};
const NOT_LEADER = { refusal: refusal('NOT_LEADER_OR_FOLLOWER', 'ask broker 2'), leader: LEADER };
const TARGET = { topic: 'flights', topicId: TOPIC, partition: ONE };
const BATCH = Buffer.from('a batch');

const PROPOSAL: AlterPartitionProposal = {
  topicId: TOPIC,
  partition: ONE,
  leaderEpoch: leaderEpoch(3),
  partitionEpoch: partitionEpoch(9),
  isr: [
    { id: nodeId(0), brokerEpoch: brokerEpoch(11) },
    { id: nodeId(2), brokerEpoch: brokerEpoch(12) },
  ],
  recovering: true,
};
const STATE: PartitionState = {
  partition: ONE,
  replicas: [nodeId(0), nodeId(1), nodeId(2)],
  leader: null,
  leaderEpoch: leaderEpoch(3),
  partitionEpoch: partitionEpoch(10),
  isr: [nodeId(0)],
  elr: [nodeId(1)],
  lastKnownElr: [nodeId(2)],
  minIsr: 2,
  recovering: false,
};

type Registration = Extract<SessionRequest, { kind: 'register' }>;

const APPEND = {
  correlationId: 5,
  topic: 'flights',
  topicId: null,
  partition: ONE,
  expectedLeaderEpoch: leaderEpoch(0),
  batch: BATCH,
};
const RESULTS = [
  {
    correlationId: 5,
    result: { ok: true as const, baseOffset: offset(2 ** 40), logStartOffset: offset(0) },
    leader: null,
  },
  {
    correlationId: 6,
    result: { ok: false as const, refusal: NOT_LEADER.refusal },
    leader: LEADER,
  },
];
const FETCHED = {
  topic: 'flights',
  topicId: TOPIC,
  partition: ONE,
  generation: 3,
  error: NOT_LEADER,
  highWatermark: null,
  lastStableOffset: offset(4),
  logStartOffset: offset(0),
  leaderEpoch: leaderEpoch(7),
  caughtUp: true,
  chunks: [BATCH],
};
const FETCH = {
  target: TARGET,
  fetchOffset: offset(17),
  currentLeaderEpoch: leaderEpoch(0),
  maxBytes: 1 << 20,
  generation: 2,
};

const SAMPLES = [
  sample(
    PRODUCER_SERVICE.produce,
    [
      { clientId: 'me', acks: 0, timeoutMs: 100, appends: [APPEND] },
      { clientId: 'me', acks: 'all', timeoutMs: 100, transactionalId: 'mover', appends: [] },
    ],
    [{ results: RESULTS }],
  ),
  sample(
    PRODUCER_SERVICE.produceStream,
    [
      { open: { clientId: 'me', acks: 'all', timeoutMs: 0 }, appends: [] },
      { open: { clientId: '', acks: 'all', timeoutMs: 0, transactionalId: 'mover' }, appends: [] },
      { open: null, appends: [APPEND, { ...APPEND, topicId: TOPIC, expectedLeaderEpoch: null }] },
    ],
    [{ results: RESULTS }, { results: [] }],
  ),
  sample(
    CONSUMER_SERVICE.fetch,
    [
      {
        clientId: 'me',
        partitions: [
          FETCH,
          { ...FETCH, currentLeaderEpoch: null, maxStalenessBytes: 0 },
          { ...FETCH, maxStalenessBytes: 2 ** 40 },
        ],
        maxWaitMs: 500,
        minBytes: 1,
        maxBytes: 1 << 20,
        isolation: 'read-committed',
      },
    ],
    [
      {
        partitions: [FETCHED, { ...FETCHED, aborted: [{ producerId: 7, firstOffset: offset(0) }] }],
      },
    ],
  ),
  sample(
    CONSUMER_SERVICE.fetchStream,
    [
      {
        open: { clientId: 'me', isolation: 'read-uncommitted', maxMessageBytes: 1 << 20 },
        assign: [FETCH],
        unassign: [{ topic: 'flights', partition: ONE }],
        creditBytes: 2 ** 40,
      },
      { open: null, assign: [], unassign: [], creditBytes: 0 },
    ],
    [{ partitions: [FETCHED] }],
  ),
  sample(
    CONSUMER_SERVICE.listOffsets,
    [
      {
        partitions: (['start', 'end', 'log-end', { timestamp: 1_700_000_000_000 }] as const).map(
          (at) => ({ target: TARGET, currentLeaderEpoch: null, at }),
        ),
        isolation: 'read-uncommitted',
      },
    ],
    [
      {
        partitions: [
          {
            topic: 'flights',
            partition: ONE,
            error: null,
            offset: offset(0),
            leaderEpoch: leaderEpoch(0),
            batch: BATCH,
          },
          {
            topic: 'flights',
            partition: ONE,
            error: NOT_LEADER,
            offset: null,
            leaderEpoch: null,
            batch: null,
          },
        ],
      },
    ],
  ),
  sample(
    METADATA_SERVICE.getMetadata,
    [{ topics: null }, { topics: [] }, { topics: ['flights'] }],
    [
      {
        clusterId: null,
        metadataOffset: 0,
        controllerId: null,
        controllerEpoch: 0,
        controllerPid: null,
        controllerReachable: false,
        brokers: [],
        topics: [],
      },
    ],
  ),
  sample(
    METADATA_SERVICE.watchMetadata,
    [{ topics: null }],
    [
      {
        clusterId: CLUSTER,
        metadataOffset: 12,
        controllerId: nodeId(100),
        controllerEpoch: 3,
        controllerPid: 77,
        controllerReachable: true,
        brokers: [
          {
            id: nodeId(0),
            epoch: brokerEpoch(4),
            grpc: { host: '::1', port: 9192 },
            http: { host: '::1', port: 9292 },
            rack: 'a',
            state: 'active',
            pid: 5,
            dataDirectory: '/var/lib/odradek',
          },
          {
            id: nodeId(1),
            epoch: brokerEpoch(5),
            grpc: { host: 'broker', port: 9192 },
            http: null,
            rack: null,
            state: 'fenced',
            pid: null,
            dataDirectory: null,
          },
        ],
        topics: [
          {
            name: 'flights',
            topicId: TOPIC,
            error: null,
            settings: { 'retention.ms': '1' },
            effectiveSettings: { 'retention.ms': '1', 'segment.bytes': '2' },
            partitions: [
              {
                partition: partitionIndex(0),
                leader: null,
                leaderEpoch: leaderEpoch(0),
                partitionEpoch: 4,
                replicas: [nodeId(0), nodeId(1)],
                isr: [nodeId(1)],
                elr: [nodeId(0)],
                minIsr: 2,
              },
            ],
          },
          {
            name: 'no such',
            topicId: null,
            error: refusal('INVALID_TOPIC_EXCEPTION'),
            settings: {},
            effectiveSettings: {},
            partitions: [],
          },
        ],
      },
    ],
  ),
  sample(
    ADMIN_SERVICE.createTopic,
    [
      {
        kind: 'createTopic',
        name: 'flights',
        partitions: -3,
        replicationFactor: 3,
        settings: { 'cleanup.policy': 'compact' },
        validateOnly: true,
      },
    ],
    [{ kind: 'topicCreated', topicId: TOPIC, partitions: 3, replicationFactor: 3 }],
  ),
  sample(ADMIN_SERVICE.deleteTopic, [{ kind: 'deleteTopic', name: 'x' }], [{ kind: 'done' }]),
  sample(
    ADMIN_SERVICE.alterTopic,
    [{ kind: 'alterTopic', name: 'x', settings: { a: 'b', c: null } }],
    [{ kind: 'done' }],
  ),
  sample(
    ADMIN_SERVICE.addPartitions,
    [{ kind: 'addPartitions', name: 'x', total: 9 }],
    [{ kind: 'done' }],
  ),
  sample(
    ADMIN_SERVICE.electLeaders,
    [
      { kind: 'electLeaders', name: null, partition: null },
      { kind: 'electLeaders', name: 'x', partition: partitionIndex(0) },
    ],
    [
      {
        kind: 'elections',
        results: [
          { topic: 'x', partition: ONE, outcome: 'elected' },
          { topic: 'x', partition: ONE, outcome: 'handing-over' },
          { topic: 'x', partition: ONE, outcome: refusal('ELECTION_NOT_NEEDED') },
        ],
      },
    ],
  ),
  sample(
    ADMIN_SERVICE.describePartitions,
    [{ topics: null }, { topics: ['x'] }],
    [
      {
        partitions: [
          {
            topic: 'x',
            topicId: TOPIC,
            partition: ONE,
            leaderEpoch: leaderEpoch(2),
            logStartOffset: offset(1),
            highWatermark: offset(2),
            logEndOffset: offset(3),
            sizeBytes: 1e12,
            replicas: [
              { broker: nodeId(0), inSync: true, logEndOffset: offset(0), lagBytes: 0 },
              { broker: nodeId(1), inSync: false, logEndOffset: null, lagBytes: 9 },
            ],
          },
        ],
      },
    ],
  ),
  sample(
    REPLICATION_SERVICE.replicate,
    [
      {
        open: {
          follower: nodeId(1),
          followerEpoch: brokerEpoch(4),
          clusterId: CLUSTER,
          leader: nodeId(0),
        },
        echo: instant(12.5),
        closed: [{ topicId: TOPIC, partition: ONE }],
        positions: [
          {
            topicId: TOPIC,
            partition: ONE,
            position: {
              generation: generation(1),
              leaderEpoch: leaderEpoch(2),
              fetchOffset: offset(3),
              lastFetchedEpoch: leaderEpoch(0),
              logStartOffset: offset(0),
            },
          },
        ],
      },
    ],
    [
      {
        sentAt: instant(99.25),
        frames: [
          {
            topicId: TOPIC,
            partition: ONE,
            frame: {
              kind: 'records',
              generation: generation(1),
              leaderEpoch: leaderEpoch(2),
              startOffset: offset(3),
              highWatermark: offset(2),
              logStartOffset: offset(0),
              replicatedTo: offset(7),
              chunks: [BATCH],
            },
          },
        ],
      },
    ],
  ),
  sample(
    CONTROLLER_SERVICE.session,
    [
      {
        kind: 'register',
        registration: {
          broker: nodeId(0),
          incarnationId: incarnationId('i'.repeat(22)),
          clusterId: CLUSTER,
          diskId: diskId('d'.repeat(22)),
          bootId: 'boot',
          grpc: { host: 'a', port: 1 },
          http: { host: 'a', port: 2 },
          rack: 'r',
          pid: 4,
          dataDirectory: '/data',
          previousBrokerEpoch: brokerEpoch(0),
          markFileIntact: true,
          metadataOffset: metadataOffset(0),
          replicas: [
            {
              topicId: TOPIC,
              partition: ONE,
              durableLogEndOffset: offset(9),
              lastEpoch: leaderEpoch(0),
              state: 'uncertain',
            },
            {
              topicId: TOPIC,
              partition: partitionIndex(0),
              durableLogEndOffset: offset(0),
              lastEpoch: null,
              state: 'whole',
            },
          ],
        },
      },
      {
        kind: 'register',
        registration: {
          broker: nodeId(0),
          incarnationId: incarnationId('i'.repeat(22)),
          clusterId: null,
          diskId: diskId('d'.repeat(22)),
          bootId: '',
          grpc: { host: 'a', port: 1 },
          http: null,
          rack: null,
          pid: null,
          dataDirectory: null,
          previousBrokerEpoch: null,
          markFileIntact: false,
          metadataOffset: null,
          replicas: [],
        },
      },
      {
        kind: 'heartbeat',
        brokerEpoch: brokerEpoch(4),
        sentAt: instant(1.5),
        appliedOffset: metadataOffset(8),
        readyToServe: true,
        wantsToStop: true,
        full: true,
      },
      { kind: 'alterPartition', brokerEpoch: brokerEpoch(4), requests: [PROPOSAL] },
      {
        kind: 'handoverReady',
        brokerEpoch: brokerEpoch(4),
        topicId: TOPIC,
        partition: ONE,
        target: nodeId(2),
        leaderEpoch: leaderEpoch(1),
        partitionEpoch: partitionEpoch(2),
      },
      {
        kind: 'replicaState',
        brokerEpoch: brokerEpoch(4),
        topicId: TOPIC,
        partition: ONE,
        state: 'damaged',
        reason: 'a bit flipped',
      },
      { kind: 'goodbye', brokerEpoch: brokerEpoch(0) },
    ],
    [
      {
        kind: 'registered',
        brokerEpoch: brokerEpoch(4),
        clusterId: CLUSTER,
        controllerId: nodeId(100),
        controllerEpoch: controllerEpoch(2),
      },
      { kind: 'refused', refusal: refusal('NOT_CONTROLLER', 'not yet') },
      {
        kind: 'heartbeatAnswer',
        sentAt: instant(1.5),
        committedOffset: metadataOffset(8),
        fenced: true,
        mayStop: true,
      },
      {
        kind: 'snapshot',
        controllerEpoch: controllerEpoch(2),
        nextOffset: metadataOffset(8),
        image: Buffer.from('an image'),
      },
      {
        kind: 'events',
        controllerEpoch: controllerEpoch(2),
        startOffset: metadataOffset(8),
        events: [
          { kind: 'clusterCreated', clusterId: CLUSTER },
          { kind: 'topicDeleted', topicId: TOPIC },
        ],
      },
      {
        kind: 'alterPartitionReply',
        results: [
          { request: PROPOSAL, result: { ok: true, state: STATE } },
          { request: PROPOSAL, result: { ok: false, refusal: refusal('INELIGIBLE_REPLICA') } },
        ],
      },
      {
        kind: 'handover',
        topicId: TOPIC,
        partition: ONE,
        target: nodeId(2),
        partitionEpoch: partitionEpoch(2),
      },
    ],
  ),
  sample(
    CONTROLLER_SERVICE.admin,
    [
      {
        kind: 'createTopic',
        name: 'x',
        partitions: 0,
        replicationFactor: 0,
        settings: { a: 'b' },
        validateOnly: true,
      },
      { kind: 'deleteTopic', name: 'x' },
      { kind: 'alterTopic', name: 'x', settings: { a: 'b', c: null } },
      { kind: 'addPartitions', name: 'x', total: 4 },
      { kind: 'allocateProducerIds' },
      { kind: 'electLeaders', name: null, partition: null },
      { kind: 'electLeaders', name: 'x', partition: partitionIndex(0) },
    ],
    [
      { kind: 'refused', refusal: refusal('TOPIC_ALREADY_EXISTS') },
      { kind: 'topicCreated', topicId: TOPIC, partitions: 1, replicationFactor: 3 },
      { kind: 'done' },
      { kind: 'elections', results: [{ topic: 'x', partition: ONE, outcome: 'elected' }] },
      { kind: 'producerIds', first: 2 ** 40, count: 1_000 },
    ],
  ),
  ...COORDINATION_SAMPLES,
];

const SERVICES = {
  ...PRODUCER_SERVICE,
  ...CONSUMER_SERVICE,
  ...METADATA_SERVICE,
  ...ADMIN_SERVICE,
  ...REPLICATION_SERVICE,
  ...CONTROLLER_SERVICE,
  ...TRANSACTION_SERVICE,
  ...GROUP_SERVICE,
  ...TRANSACTION_PARTITION_SERVICE,
};

test('every RPC of the protos is described, with its path and its streams, and has a sample', () => {
  const root = path.resolve(import.meta.dirname, '../../../proto');
  const declared = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.proto'))
    .flatMap((name) => rpcsIn(readFileSync(path.join(root, name), 'utf8')));
  const described = Object.values(SERVICES).map(
    ({ path, requestStream, responseStream }) =>
      `${path} ${String(requestStream)} ${String(responseStream)}`,
  );
  expect(described.sort()).toEqual(declared.sort());
  expect(SAMPLES.map(({ method }) => method.path).sort()).toEqual(
    Object.values(SERVICES)
      .map((method) => method.path)
      .sort(),
  );
});

describe.each(SAMPLES.map((each) => ({ path: each.method.path, ...each })))(
  '$path',
  ({ method, requests, responses }) => {
    test('requests come back as they were', () => {
      for (const request of requests) {
        expect(method.requestDeserialize(method.requestSerialize(request))).toEqual(request);
      }
    });

    test('responses come back as they were', () => {
      for (const response of responses) {
        expect(method.responseDeserialize(method.responseSerialize(response))).toEqual(response);
      }
    });

    test('decoding throws MalformedMessage and nothing else', () => {
      const directions = [
        ...requests.map(
          (value) => [method.requestSerialize(value), method.requestDeserialize] as const,
        ),
        ...responses.map(
          (value) => [method.responseSerialize(value), method.responseDeserialize] as const,
        ),
      ];
      const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
      fc.assert(
        fc.property(
          fc.constantFrom(...directions),
          changes,
          fc.nat(),
          ([bytes, decode], at, end) => {
            const mutated = Buffer.from(bytes);
            for (const [place, byte] of at) {
              if (mutated.length > 0) mutated[place % mutated.length] = byte;
            }
            for (const each of [mutated, bytes.subarray(0, end % (bytes.length + 1))]) {
              try {
                decode(each);
              } catch (error) {
                expect(error).toBeInstanceOf(MalformedMessage);
              }
            }
          },
        ),
        { numRuns: 300 },
      );
    });
  },
);

test('a setting may have any name, until somebody refuses it', () => {
  for (const value of ['1', null]) {
    const settings = Object.fromEntries([['__proto__', value]]);
    const request = { kind: 'alterTopic' as const, name: 'x', settings };
    for (const method of [ADMIN_SERVICE.alterTopic, CONTROLLER_SERVICE.admin]) {
      const decoded = method.requestDeserialize(method.requestSerialize(request));
      expect(decoded.kind === 'alterTopic' && Object.entries(decoded.settings)).toEqual([
        ['__proto__', value],
      ]);
    }
  }
});

describe('what no message may hold', () => {
  test('64-bit numbers beyond 2^53 - 1 are refused, not rounded', () => {
    // metadata_offset = 2^53, as protobufjs writes it.
    const bytes = Buffer.from(odradek.v1.Metadata.encode({ metadataOffset: 2 ** 53 }).finish());
    expect(() => METADATA_SERVICE.getMetadata.responseDeserialize(bytes)).toThrow('2^53 - 1');
  });

  test('64-bit numbers come as numbers, negative ones too', () => {
    const bytes = odradek.v1.ListOffsetsPartition.encode({ timestamp: -1 }).finish();
    const request = Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]);
    expect(CONSUMER_SERVICE.listOffsets.requestDeserialize(request).partitions[0]?.at).toBe('end');
  });

  test('a session message without content', () => {
    expect(() => CONTROLLER_SERVICE.session.requestDeserialize(Buffer.alloc(0))).toThrow(
      MalformedMessage,
    );
  });

  test('a broker at an address that nobody could take apart again', () => {
    const { session } = CONTROLLER_SERVICE;
    const [registration] =
      SAMPLES.find(({ method }) => method.path === session.path)?.requests ?? [];
    const at = (endpoint: object) =>
      session.requestSerialize({
        kind: 'register',
        registration: { ...(registration as Registration).registration, ...endpoint },
      });
    for (const endpoint of [
      { grpc: { host: '', port: 9192 } },
      { grpc: { host: 'a', port: 65_536 } },
      { http: { host: '[::1]', port: 80 } },
      { http: { host: 'a\tb', port: 80 } },
    ]) {
      expect(() => session.requestDeserialize(at(endpoint))).toThrow(MalformedMessage);
    }
    expect(session.requestDeserialize(at({ http: { host: '::1', port: 80 } }))).toMatchObject({
      registration: { http: { host: '::1', port: 80 } },
    });
  });

  test('an event that is none', () => {
    const bytes = Buffer.from(
      odradek.internal.v1.SessionResponse.encode({
        events: { events: [Buffer.from('no event')] },
      }).finish(),
    );
    expect(() => CONTROLLER_SERVICE.session.responseDeserialize(bytes)).toThrow(MalformedMessage);
  });
});

function rpcsIn(proto: string): string[] {
  const packageName = /^package ([\w.]+);/m.exec(proto)?.[1] ?? '';
  return [...proto.matchAll(/^service (\w+) \{([^}]*)\}/gm)].flatMap(([, service, body]) =>
    [...(body ?? '').matchAll(/rpc (\w+)\((stream )?\w+\) returns \((stream )?\w+\)/g)].map(
      ([, method, requests, responses]) =>
        `/${packageName}.${service}/${method} ${requests !== undefined} ${responses !== undefined}`,
    ),
  );
}
