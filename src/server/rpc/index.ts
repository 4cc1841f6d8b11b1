/** Every RPC that we answer. */
import type { BrokerApi, ControllerApi } from '../../broker/interfaces.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import type { ServerLimits } from '../limits.ts';
import { addPartitions } from './add-partitions.ts';
import { alterTopic } from './alter-topic.ts';
import { controllerAdmin } from './controller-admin.ts';
import { createTopic } from './create-topic.ts';
import { deleteTopic } from './delete-topic.ts';
import { describePartitions } from './describe-partitions.ts';
import { electLeaders } from './elect-leaders.ts';
import { fetchStream } from './fetch-stream.ts';
import { fetch } from './fetch.ts';
import { getMetadata } from './get-metadata.ts';
import { initProducerId } from './init-producer-id.ts';
import { listOffsets } from './list-offsets.ts';
import { produceStream } from './produce-stream.ts';
import { produce } from './produce.ts';
import { replicate } from './replicate.ts';
import { session } from './session.ts';
import { watchMetadata } from './watch-metadata.ts';

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
    describePartitions(broker, environment),
    initProducerId(broker, environment),
    replicate(broker, environment, limits),
  ];
}

export function controllerRpcs(
  controller: ControllerApi,
  environment: CallEnvironment,
  limits: ServerLimits,
): Rpc[] {
  return [session(controller, environment, limits), controllerAdmin(controller, environment)];
}
