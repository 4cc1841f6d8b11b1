/** The RPCs of coordinators over gRPC: what is asked reaches the broker, and how it answers. */
import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { OdradekError, refusal } from '../../../src/base/errors.ts';
import { nodeId, offset, partitionIndex, topicId } from '../../../src/base/ids.ts';
import { GrpcPeerTransport } from '../../../src/platform/grpc-peer-transport.ts';
import { createBrokerServer } from '../../../src/server/grpc-server.ts';
import { STATUS_DETAILS_TRAILER, fromCallError } from '../../../src/wire/call-error.ts';
import { GROUP_SERVICE, TRANSACTION_SERVICE } from '../../../src/wire/coordination-services.ts';
import type { MethodDescription } from '../../../src/wire/method-description.ts';
import { ADMIN_SERVICE } from '../../../src/wire/services.ts';
import { FakeBroker, LIMITS, RecordingLog, unread } from './fake-broker.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start() {
  const broker = new FakeBroker();
  const server = createBrokerServer(broker, {
    log: new RecordingLog(),
    requests: unread(),
    limits: LIMITS,
    protoDirectory: null,
    onFatal: (error) => {
      throw error;
    },
  });
  cleanups.push(() => server.stop(0));
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
  const client = new Client(`127.0.0.1:${endpoint.port}`, credentials.createInsecure());
  cleanups.push(() => client.close());
  return { broker, client, server, endpoint };
}

function call<Request, Response>(
  client: Client,
  method: MethodDescription<Request, Response>,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      new Metadata(),
      (error, response) => {
        if (error) reject(error);
        else resolve(response as Response);
      },
    );
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = (await promise.then(
    () => {
      throw new Error('the call did not fail');
    },
    (reason: unknown) => reason,
  )) as ServiceError;
  const details = error.metadata.get(STATUS_DETAILS_TRAILER)[0];
  return fromCallError(error.code, error.details, details instanceof Buffer ? details : null)
    .refusal.code;
}

const PRODUCER = { transactionalId: 'payments', producerId: 7, producerEpoch: 3 };
const PLACE = { topic: 'flights', partition: partitionIndex(1) };

test('every question reaches the broker with what was asked', async () => {
  const { broker, client } = await start();
  const { coordination } = broker;
  const identity = { producerId: 7, producerEpoch: 4 };
  coordination.answer = identity;
  const init = { transactionalId: 'payments', transactionTimeoutMs: 9 };
  expect(await call(client, TRANSACTION_SERVICE.initProducerId, init)).toEqual(identity);
  const end = { ...PRODUCER, commit: true };
  expect(await call(client, TRANSACTION_SERVICE.endTransaction, end)).toEqual(identity);
  coordination.answer = { kind: 'done' };
  const add = { ...PRODUCER, partitions: [PLACE], groups: ['billing'] };
  await call(client, TRANSACTION_SERVICE.addPartitionsToTransaction, add);
  await call(client, GROUP_SERVICE.deleteOffsets, { group: 'billing', partitions: null });
  coordination.answer = [];
  await call(client, TRANSACTION_SERVICE.describeTransactions, { transactionalIds: null });
  const commit = { group: 'billing', offsets: [], transaction: PRODUCER };
  await call(client, GROUP_SERVICE.commitOffsets, commit);
  const fetch = { group: 'billing', partitions: [PLACE], requireStable: true };
  await call(client, GROUP_SERVICE.fetchOffsets, fetch);
  coordination.answer = ['billing'];
  expect(await call(client, GROUP_SERVICE.listGroups, { kind: 'listGroups' })).toEqual({
    groups: ['billing'],
  });
  const found = { broker: nodeId(2), endpoint: { host: '127.0.0.1', port: 9192 } };
  coordination.answer = found;
  const find = { kind: 'transaction', key: 'payments' } as const;
  expect(await call(client, GROUP_SERVICE.findCoordinator, find)).toEqual(found);
  expect(coordination.asked).toEqual([
    ['initProducerId', 'payments', 9],
    ['endTransaction', PRODUCER, true],
    ['addPartitions', PRODUCER, [PLACE], ['billing']],
    ['deleteOffsets', 'billing', null],
    ['describeTransactions', null],
    ['commitOffsets', commit],
    ['fetchOffsets', 'billing', [PLACE], true],
    ['listGroups'],
    ['findCoordinator', 'transaction', 'payments'],
  ]);
});

test('a refusal is the status of the call', async () => {
  const { broker, client } = await start();
  broker.coordination.answer = refusal('PRODUCER_FENCED');
  const end = { ...PRODUCER, commit: true };
  expect(await codeOf(call(client, TRANSACTION_SERVICE.endTransaction, end))).toBe(
    'PRODUCER_FENCED',
  );
  broker.coordination.answer = refusal('COORDINATOR_LOAD_IN_PROGRESS');
  const fetch = { group: 'billing', partitions: null, requireStable: false };
  expect(await codeOf(call(client, GROUP_SERVICE.fetchOffsets, fetch))).toBe(
    'COORDINATOR_LOAD_IN_PROGRESS',
  );
});

test('what is half of a transaction is malformed', async () => {
  const { client } = await start();
  const half = { ...PRODUCER, transactionalId: '' };
  const commit = { group: 'billing', offsets: [], transaction: half };
  expect(await codeOf(call(client, GROUP_SERVICE.commitOffsets, commit))).toBe('INVALID_REQUEST');
});

test('records are deleted partition by partition', async () => {
  const { broker, client } = await start();
  const results = [
    { ...PLACE, error: null, logStartOffset: offset(4) },
    { ...PLACE, error: { refusal: refusal('NOT_LEADER_OR_FOLLOWER'), leader: null } },
  ].map((each) => ({ logStartOffset: null, ...each }));
  broker.deleteAnswer = async () => results;
  const request = { partitions: [{ ...PLACE, beforeOffset: null }] };
  expect(await call(client, ADMIN_SERVICE.deleteRecords, request)).toEqual({ results });
});

test('brokers ask each other over one connection, and over another once it has failed', async () => {
  const { broker, server, endpoint } = await start();
  const peers = new GrpcPeerTransport();
  const place = { ...PLACE, topicId: topicId('topicTOPIC0123456789-_') };
  const query = { kind: 'verifyPartition', query: { ...PRODUCER, ...place } } as const;
  broker.peerAnswer = async () => ({ kind: 'verified', refusal: refusal('INVALID_TXN_STATE') });
  expect(await peers.call(endpoint, query, 5_000)).toMatchObject({
    kind: 'verified',
    refusal: { code: 'INVALID_TXN_STATE' },
  });
  const marker = { producerId: 7, producerEpoch: 4, commit: true, coordinatorEpoch: 1 };
  const markers = { kind: 'writeMarkers', markers: [{ ...marker, partitions: [place] }] } as const;
  const results = [{ producerId: 7, ...PLACE, refusal: null }];
  broker.peerAnswer = async () => ({ kind: 'markersWritten', results });
  expect(await peers.call(endpoint, markers, 5_000)).toEqual({ kind: 'markersWritten', results });
  expect(broker.peerRequests).toEqual([query, markers]);

  broker.peerAnswer = () => new Promise(() => undefined);
  await expect(peers.call(endpoint, query, 50)).rejects.toBeInstanceOf(OdradekError);
  await server.stop(0);
  await expect(peers.call(endpoint, query, 1_000)).rejects.toBeInstanceOf(OdradekError);
  const again = createBrokerServer(broker, {
    log: new RecordingLog(),
    requests: unread(),
    limits: LIMITS,
    protoDirectory: null,
    onFatal: (error) => {
      throw error;
    },
  });
  cleanups.push(() => again.stop(0));
  await again.listen(endpoint);
  broker.peerAnswer = async () => ({ kind: 'verified', refusal: null });
  expect(await peers.call(endpoint, query, 5_000)).toEqual({ kind: 'verified', refusal: null });
});
