/** The client SDK: what `import … from 'odradek'` gives. */
export type { ClientOptions } from './client.ts';
export { Client } from './client.ts';
export type { DeliveryReport } from './producer.ts';
export type { ProducerOptions } from './producer-options.ts';
export { Producer } from './producer.ts';
export type { Transaction } from './transaction.ts';
export type { GroupOffset } from './group-offsets.ts';
export type { HeaderValue, ProducerRecord } from './producer-records.ts';
export type { DeliveryCallback, RangeDelivery, RecordDelivery } from './deliveries.ts';
export type { Partitioner, PartitionableRecord } from './partitioner.ts';
export { partitionOfKey } from './partitioner.ts';
export type {
  BatchesOptions,
  ConsumerAssignment,
  ConsumerOptions,
  PartitionPosition,
  TopicPartitionReference,
} from './consumer.ts';
export { Consumer } from './consumer.ts';
export type { ConsumerRecord } from './consumer-batch.ts';
export { ConsumerBatch } from './consumer-batch.ts';
export type { OutOfRangePolicy } from './fetch-session.ts';
export type { StartPosition } from './start-position.ts';
export type { CreatedTopic, CreateTopicOptions, ElectionResult, RecordDeletion } from './admin.ts';
export { Admin } from './admin.ts';
export type {
  BrokerDescription,
  ClusterDescription,
  PartitionDescription,
  ReplicaDescription,
  TopicDescription,
  TopicListing,
} from './admin-descriptions.ts';
export type { CallOptions } from './waiting.ts';
export type { BackoffOptions } from './retry.ts';
export type { Logger } from './logger.ts';
export type { OutgoingStream, Purpose, StreamHandlers, Transport } from './transport.ts';
export type { Compression } from '../record/index.ts';
export { RecordBatchBuilder, RecordBatchView, RecordCursor } from '../record/index.ts';
export type { CodecName, CompressionCodec } from './compression/codecs.ts';
export { registerCodec } from './compression/codecs.ts';
export type { ErrorCode } from '../base/errors.ts';
export { ERRORS, OdradekError } from '../base/errors.ts';
export { isOdradekError } from './errors.ts';
