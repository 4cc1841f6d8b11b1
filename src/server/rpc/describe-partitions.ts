/**
 * AdminService.DescribePartitions: the partitions that this broker leads, with what it knows of their
 * replicas.
 *
 * Behaviour: answered from this broker alone; ask each broker for the whole picture.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import { ADMIN_SERVICE } from '../../wire/services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';

export function describePartitions(broker: BrokerApi, environment: CallEnvironment): Rpc {
  return unary(ADMIN_SERVICE.describePartitions, environment, ({ topics }) => ({
    partitions: broker.describePartitions(topics),
  }));
}
