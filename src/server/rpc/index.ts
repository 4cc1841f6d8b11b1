/** Every RPC that we answer. */
import type { BrokerApi, ControllerApi } from '../../broker/interfaces.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import type { ServerLimits } from '../limits.ts';
import { addPartitionsToTransaction } from './add-partitions-to-transaction.ts';
import { addPartitions } from './add-partitions.ts';
import { alterTopic } from './alter-topic.ts';
import { commitOffsets } from './commit-offsets.ts';
import { controllerAdmin } from './controller-admin.ts';
import { createTopic } from './create-topic.ts';
import { deleteOffsets } from './delete-offsets.ts';
import { deleteRecords } from './delete-records.ts';
import { deleteTopic } from './delete-topic.ts';
import { describePartitions } from './describe-partitions.ts';
import { describeTransactions } from './describe-transactions.ts';
import { electLeaders } from './elect-leaders.ts';
import { endTransaction } from './end-transaction.ts';
import { fetchOffsets } from './fetch-offsets.ts';
import { fetchStream } from './fetch-stream.ts';
import { fetch } from './fetch.ts';
import { findCoordinator } from './find-coordinator.ts';
import { getMetadata } from './get-metadata.ts';
import { initProducerId } from './init-producer-id.ts';
import { listGroups } from './list-groups.ts';
import { listOffsets } from './list-offsets.ts';
import { produceStream } from './produce-stream.ts';
import { produce } from './produce.ts';
import { replicate } from './replicate.ts';
import { session } from './session.ts';
import { verifyPartition } from './verify-partition.ts';
import { watchMetadata } from './watch-metadata.ts';
import { writeMarkers } from './write-markers.ts';

export function brokerRpcs(
  broker: BrokerApi,
  environment: CallEnvironment,
  limits: ServerLimits,
): Rpc[] {
  return [
    produce(broker, environment, limits),
    produceStream(broker, environment, limits),
    fetch(broker, environment, limits),
    fetchStream(broker, environment, limits),
    listOffsets(broker, environment),
    getMetadata(broker, environment),
    watchMetadata(broker, environment),
    createTopic(broker, environment),
    deleteTopic(broker, environment),
    alterTopic(broker, environment),
    addPartitions(broker, environment),
    electLeaders(broker, environment),
    deleteRecords(broker, environment),
    describePartitions(broker, environment),
    initProducerId(broker, environment),
    addPartitionsToTransaction(broker, environment),
    endTransaction(broker, environment),
    describeTransactions(broker, environment),
    findCoordinator(broker, environment),
    commitOffsets(broker, environment),
    fetchOffsets(broker, environment),
    listGroups(broker, environment),
    deleteOffsets(broker, environment),
    replicate(broker, environment, limits),
    writeMarkers(broker, environment),
    verifyPartition(broker, environment),
  ];
}

export function controllerRpcs(
  controller: ControllerApi,
  environment: CallEnvironment,
  limits: ServerLimits,
): Rpc[] {
  return [session(controller, environment, limits), controllerAdmin(controller, environment)];
}
