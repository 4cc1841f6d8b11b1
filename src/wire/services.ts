/**
 * The public services as plain descriptions, one entry for each RPC. Each is a `MethodDefinition` in
 * the sense of grpc-js, which `server/` and `client/` hand to it; this room knows nothing of it.
 * Requests and responses are domain values; `…Deserialize` throws `MalformedMessage`.
 */
import type {
  AddPartitionsRequest,
  AlterTopicRequest,
  CreateTopicRequest,
  CreateTopicResponse,
  DeleteRecordsRequest,
  DeleteRecordsResponse,
  DeleteTopicRequest,
  DescribePartitionsRequest,
  DescribePartitionsResponse,
  DoneResponse,
  ElectLeadersRequest,
  ElectLeadersResponse,
} from './admin-messages.ts';
import {
  decodeAddPartitionsRequest,
  decodeAlterTopicRequest,
  decodeCreateTopicRequest,
  decodeCreateTopicResponse,
  decodeDeleteRecordsRequest,
  decodeDeleteRecordsResponse,
  decodeDeleteTopicRequest,
  decodeDescribePartitionsRequest,
  decodeDescribePartitionsResponse,
  decodeDoneResponse,
  decodeElectLeadersRequest,
  decodeElectLeadersResponse,
  encodeAddPartitionsRequest,
  encodeAlterTopicRequest,
  encodeCreateTopicRequest,
  encodeCreateTopicResponse,
  encodeDeleteRecordsRequest,
  encodeDeleteRecordsResponse,
  encodeDeleteTopicRequest,
  encodeDescribePartitionsRequest,
  encodeDescribePartitionsResponse,
  encodeDoneResponse,
  encodeElectLeadersRequest,
  encodeElectLeadersResponse,
} from './admin-messages.ts';
import type {
  FetchRequest,
  FetchStreamRequest,
  ListOffsetsRequest,
  ListOffsetsResponse,
} from './consume-messages.ts';
import {
  decodeFetchRequest,
  decodeFetchStreamRequest,
  decodeListOffsetsRequest,
  decodeListOffsetsResponse,
  encodeFetchRequest,
  encodeFetchStreamRequest,
  encodeListOffsetsRequest,
  encodeListOffsetsResponse,
} from './consume-messages.ts';
import type { FetchResponse } from './hot/fetch.ts';
import { GatheringWriter } from './hot/wire-writer.ts';
import { decodeFetchResponse, encodeFetchResponse } from './hot/fetch.ts';
import type { ProduceRequest, ProduceResponse, ProduceStreamRequest } from './hot/produce.ts';
import {
  decodeProduceRequest,
  decodeProduceResponse,
  decodeProduceStreamRequest,
  encodeProduceRequest,
  encodeProduceResponse,
  encodeProduceStreamRequest,
} from './hot/produce.ts';
import type { ClusterMetadata, MetadataRequest } from './metadata-messages.ts';
import {
  decodeMetadata,
  decodeMetadataRequest,
  encodeMetadata,
  encodeMetadataRequest,
} from './metadata-messages.ts';
import type { MethodDescription } from './method-description.ts';

export const PRODUCER_SERVICE = {
  produce: {
    path: '/odradek.v1.ProducerService/Produce',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeProduceRequest,
    requestDeserialize: decodeProduceRequest,
    responseSerialize: encodeProduceResponse,
    responseDeserialize: decodeProduceResponse,
  } satisfies MethodDescription<ProduceRequest, ProduceResponse>,
  produceStream: {
    path: '/odradek.v1.ProducerService/ProduceStream',
    requestStream: true,
    responseStream: true,
    requestSerialize: (message: ProduceStreamRequest) =>
      encodeProduceStreamRequest(message, GatheringWriter),
    requestDeserialize: decodeProduceStreamRequest,
    responseSerialize: encodeProduceResponse,
    responseDeserialize: decodeProduceResponse,
  } satisfies MethodDescription<ProduceStreamRequest, ProduceResponse>,
} as const;

export const CONSUMER_SERVICE = {
  fetch: {
    path: '/odradek.v1.ConsumerService/Fetch',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeFetchRequest,
    requestDeserialize: decodeFetchRequest,
    responseSerialize: (message: FetchResponse) => encodeFetchResponse(message, GatheringWriter),
    responseDeserialize: decodeFetchResponse,
  } satisfies MethodDescription<FetchRequest, FetchResponse>,
  fetchStream: {
    path: '/odradek.v1.ConsumerService/FetchStream',
    requestStream: true,
    responseStream: true,
    requestSerialize: encodeFetchStreamRequest,
    requestDeserialize: decodeFetchStreamRequest,
    responseSerialize: (message: FetchResponse) => encodeFetchResponse(message, GatheringWriter),
    responseDeserialize: decodeFetchResponse,
  } satisfies MethodDescription<FetchStreamRequest, FetchResponse>,
  listOffsets: {
    path: '/odradek.v1.ConsumerService/ListOffsets',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeListOffsetsRequest,
    requestDeserialize: decodeListOffsetsRequest,
    responseSerialize: encodeListOffsetsResponse,
    responseDeserialize: decodeListOffsetsResponse,
  } satisfies MethodDescription<ListOffsetsRequest, ListOffsetsResponse>,
} as const;

export const METADATA_SERVICE = {
  getMetadata: {
    path: '/odradek.v1.MetadataService/GetMetadata',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeMetadataRequest,
    requestDeserialize: decodeMetadataRequest,
    responseSerialize: encodeMetadata,
    responseDeserialize: decodeMetadata,
  } satisfies MethodDescription<MetadataRequest, ClusterMetadata>,
  watchMetadata: {
    path: '/odradek.v1.MetadataService/WatchMetadata',
    requestStream: false,
    responseStream: true,
    requestSerialize: encodeMetadataRequest,
    requestDeserialize: decodeMetadataRequest,
    responseSerialize: encodeMetadata,
    responseDeserialize: decodeMetadata,
  } satisfies MethodDescription<MetadataRequest, ClusterMetadata>,
} as const;

export const ADMIN_SERVICE = {
  createTopic: {
    path: '/odradek.v1.AdminService/CreateTopic',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeCreateTopicRequest,
    requestDeserialize: decodeCreateTopicRequest,
    responseSerialize: encodeCreateTopicResponse,
    responseDeserialize: decodeCreateTopicResponse,
  } satisfies MethodDescription<CreateTopicRequest, CreateTopicResponse>,
  deleteTopic: {
    path: '/odradek.v1.AdminService/DeleteTopic',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeDeleteTopicRequest,
    requestDeserialize: decodeDeleteTopicRequest,
    responseSerialize: encodeDoneResponse,
    responseDeserialize: decodeDoneResponse,
  } satisfies MethodDescription<DeleteTopicRequest, DoneResponse>,
  alterTopic: {
    path: '/odradek.v1.AdminService/AlterTopic',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeAlterTopicRequest,
    requestDeserialize: decodeAlterTopicRequest,
    responseSerialize: encodeDoneResponse,
    responseDeserialize: decodeDoneResponse,
  } satisfies MethodDescription<AlterTopicRequest, DoneResponse>,
  addPartitions: {
    path: '/odradek.v1.AdminService/AddPartitions',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeAddPartitionsRequest,
    requestDeserialize: decodeAddPartitionsRequest,
    responseSerialize: encodeDoneResponse,
    responseDeserialize: decodeDoneResponse,
  } satisfies MethodDescription<AddPartitionsRequest, DoneResponse>,
  electLeaders: {
    path: '/odradek.v1.AdminService/ElectLeaders',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeElectLeadersRequest,
    requestDeserialize: decodeElectLeadersRequest,
    responseSerialize: encodeElectLeadersResponse,
    responseDeserialize: decodeElectLeadersResponse,
  } satisfies MethodDescription<ElectLeadersRequest, ElectLeadersResponse>,
  deleteRecords: {
    path: '/odradek.v1.AdminService/DeleteRecords',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeDeleteRecordsRequest,
    requestDeserialize: decodeDeleteRecordsRequest,
    responseSerialize: encodeDeleteRecordsResponse,
    responseDeserialize: decodeDeleteRecordsResponse,
  } satisfies MethodDescription<DeleteRecordsRequest, DeleteRecordsResponse>,
  describePartitions: {
    path: '/odradek.v1.AdminService/DescribePartitions',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeDescribePartitionsRequest,
    requestDeserialize: decodeDescribePartitionsRequest,
    responseSerialize: encodeDescribePartitionsResponse,
    responseDeserialize: decodeDescribePartitionsResponse,
  } satisfies MethodDescription<DescribePartitionsRequest, DescribePartitionsResponse>,
} as const;
