/**
 * MetadataService.GetMetadata: the cluster as this broker knows it.
 *
 * Behaviour: answered from the broker's own image of the metadata, also while the controller cannot
 * be reached (`controller_reachable` says so). A topic that was asked for and does not exist is
 * listed with its error.
 * Deliberately not done: asking for a topic never creates it.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { METADATA_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';

export function getMetadata(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(
    METADATA_SERVICE.getMetadata,
    environment,
    ({ topics }) => broker.cluster(topics),
    (view, refused) => {
      for (const { error } of view.topics) if (error !== null) refused(error);
    },
  );
}
