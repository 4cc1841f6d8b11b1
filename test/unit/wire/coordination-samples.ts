/** What travels between clients, coordinators and leaders, one sample of every shape. */
import { refusal } from '../../../src/base/errors.ts';
import {
  leaderEpoch,
  nodeId,
  offset,
  partitionIndex,
  timestamp,
  topicId,
} from '../../../src/base/ids.ts';
import {
  GROUP_SERVICE,
  TRANSACTION_PARTITION_SERVICE,
  TRANSACTION_SERVICE,
} from '../../../src/wire/coordination-services.ts';
import type { MethodDescription } from '../../../src/wire/method-description.ts';
import { ADMIN_SERVICE } from '../../../src/wire/services.ts';

export interface Sample<Request, Response> {
  readonly method: MethodDescription<Request, Response>;
  readonly requests: readonly Request[];
  readonly responses: readonly Response[];
}

export function sample<Request, Response>(
  method: MethodDescription<Request, Response>,
  requests: readonly Request[],
  responses: readonly Response[],
): Sample<unknown, unknown> {
  return { method, requests, responses } as unknown as Sample<unknown, unknown>;
}

const TOPIC = topicId('topicTOPIC0123456789-_');
const ONE = partitionIndex(1);
const PRODUCER = { producerId: 2 ** 40, producerEpoch: 32_767 };
const TRANSACTIONAL = { transactionalId: 'payments', ...PRODUCER };
const PLACE = { topic: 'flights', partition: ONE };
const COMMITTED = {
  ...PLACE,
  offset: offset(2 ** 41),
  leaderEpoch: leaderEpoch(0),
  metadata: 'Grüße',
};

export const COORDINATION_SAMPLES: readonly Sample<unknown, unknown>[] = [
  sample(
    TRANSACTION_SERVICE.initProducerId,
    [
      { transactionalId: null, transactionTimeoutMs: 0 },
      { transactionalId: 'payments', transactionTimeoutMs: 60_000 },
    ],
    [PRODUCER, { producerId: 0, producerEpoch: 0 }],
  ),
  sample(
    TRANSACTION_SERVICE.addPartitionsToTransaction,
    [
      { ...TRANSACTIONAL, partitions: [PLACE], groups: ['billing'] },
      { ...TRANSACTIONAL, partitions: [], groups: [] },
    ],
    [{ kind: 'done' }],
  ),
  sample(
    TRANSACTION_SERVICE.endTransaction,
    [
      { ...TRANSACTIONAL, commit: true },
      { ...TRANSACTIONAL, commit: false },
    ],
    [PRODUCER],
  ),
  sample(
    TRANSACTION_SERVICE.describeTransactions,
    [{ transactionalIds: null }, { transactionalIds: ['payments'] }],
    [
      {
        transactions: [
          {
            ...TRANSACTIONAL,
            status: 'prepare-commit',
            timeoutMs: 60_000,
            startedAt: timestamp(1_700_000_000_000),
            partitions: [PLACE],
          },
          { ...TRANSACTIONAL, status: 'empty', timeoutMs: 1, startedAt: null, partitions: [] },
          { transactionalId: 'other', refusal: refusal('TRANSACTIONAL_ID_NOT_FOUND') },
        ],
      },
    ],
  ),
  sample(
    GROUP_SERVICE.findCoordinator,
    [
      { kind: 'group', key: 'billing' },
      { kind: 'transaction', key: 'payments' },
    ],
    [{ broker: nodeId(0), endpoint: { host: '127.0.0.1', port: 9192 } }],
  ),
  sample(
    GROUP_SERVICE.commitOffsets,
    [
      {
        group: 'billing',
        offsets: [COMMITTED, { ...COMMITTED, leaderEpoch: null }],
        transaction: null,
      },
      { group: 'billing', offsets: [], transaction: { ...TRANSACTIONAL, producerId: 0 } },
    ],
    [
      {
        results: [
          { ...PLACE, refusal: null },
          { ...PLACE, refusal: refusal('UNKNOWN_TOPIC_OR_PARTITION') },
        ],
      },
    ],
  ),
  sample(
    GROUP_SERVICE.fetchOffsets,
    [
      { group: 'billing', partitions: null, requireStable: false },
      { group: 'billing', partitions: [PLACE], requireStable: true },
    ],
    [{ offsets: [COMMITTED, { ...PLACE, offset: null, leaderEpoch: null, metadata: '' }] }],
  ),
  sample(GROUP_SERVICE.listGroups, [{ kind: 'listGroups' }], [{ groups: ['billing'] }]),
  sample(
    GROUP_SERVICE.deleteOffsets,
    [
      { group: 'billing', partitions: null },
      { group: 'billing', partitions: [PLACE] },
    ],
    [{ kind: 'done' }],
  ),
  sample(
    ADMIN_SERVICE.deleteRecords,
    [
      {
        partitions: [
          { ...PLACE, beforeOffset: null },
          { ...PLACE, beforeOffset: offset(7) },
        ],
      },
    ],
    [
      {
        results: [
          { ...PLACE, error: null, logStartOffset: offset(7) },
          {
            ...PLACE,
            error: { refusal: refusal('OFFSET_OUT_OF_RANGE'), leader: null },
            logStartOffset: null,
          },
        ],
      },
    ],
  ),
  sample(
    TRANSACTION_PARTITION_SERVICE.writeMarkers,
    [
      {
        markers: [
          {
            ...PRODUCER,
            commit: true,
            coordinatorEpoch: 4,
            partitions: [{ ...PLACE, topicId: TOPIC }],
          },
          { ...PRODUCER, commit: false, coordinatorEpoch: 0, partitions: [] },
        ],
      },
    ],
    [
      {
        results: [
          { producerId: 0, ...PLACE, refusal: null },
          { producerId: 9, ...PLACE, refusal: refusal('TRANSACTION_COORDINATOR_FENCED') },
        ],
      },
    ],
  ),
  sample(
    TRANSACTION_PARTITION_SERVICE.verifyPartition,
    [{ ...TRANSACTIONAL, ...PLACE, topicId: TOPIC }],
    [{ refusal: null }, { refusal: refusal('INVALID_TXN_STATE') }],
  ),
];
