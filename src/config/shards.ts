import type { BrokerConfig } from './config.ts';

/**
 * What one shard of a broker is told. A shard is a broker to everybody else, with an id, ports and a
 * directory of its own: the first has what the broker is given, shard 2 of broker 7 is 7002, listens
 * two steps further up and keeps its data in `shard.2` below. Shards of one process die together, so
 * they stand in one rack, and no partition has two replicas there while there are racks enough.
 */
export function shardConfig(config: BrokerConfig, shard: number): BrokerConfig {
  const rack = config.brokerRack === '' ? `broker-${config.brokerId}` : config.brokerRack;
  if (shard === 0)
    return config.shards === 1 ? config : Object.freeze({ ...config, brokerRack: rack });
  const port = (first: number): number =>
    first === 0 || config.shardPortStep === 0 ? 0 : first + shard * config.shardPortStep;
  return Object.freeze({
    ...config,
    brokerId: config.brokerId * 1_000 + shard,
    brokerRack: rack,
    logDir: `${config.logDir}/shard.${shard}`,
    grpcPort: port(config.grpcPort),
    httpPort: port(config.httpPort),
    advertisedPort: port(config.advertisedPort),
  });
}
