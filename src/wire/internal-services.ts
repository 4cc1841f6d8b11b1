/** The services between our own processes, as `services.ts` describes the public ones. */
import type {
  AdminReply,
  AdminRequest,
  SessionRequest,
  SessionResponse,
} from '../controller/types.ts';
import {
  decodeAdminReply,
  decodeAdminRequest,
  encodeAdminReply,
  encodeAdminRequest,
} from './controller-admin.ts';
import type { ReplicaRequest, ReplicaResponse } from './hot/replica.ts';
import {
  decodeReplicaRequest,
  decodeReplicaResponse,
  encodeReplicaRequest,
  encodeReplicaResponse,
} from './hot/replica.ts';
import { GatheringWriter } from './hot/wire-writer.ts';
import type { MethodDescription } from './method-description.ts';
import { decodeSessionRequest, encodeSessionRequest } from './session-requests.ts';
import { decodeSessionResponse, encodeSessionResponse } from './session-responses.ts';

export type { AdminReply, AdminRequest, SessionRequest, SessionResponse };

export const REPLICATION_SERVICE = {
  replicate: {
    path: '/odradek.internal.v1.ReplicationService/Replicate',
    requestStream: true,
    responseStream: true,
    requestSerialize: encodeReplicaRequest,
    requestDeserialize: decodeReplicaRequest,
    responseSerialize: (message: ReplicaResponse) =>
      encodeReplicaResponse(message, GatheringWriter),
    responseDeserialize: decodeReplicaResponse,
  } satisfies MethodDescription<ReplicaRequest, ReplicaResponse>,
} as const;

export const CONTROLLER_SERVICE = {
  session: {
    path: '/odradek.internal.v1.ControllerService/Session',
    requestStream: true,
    responseStream: true,
    requestSerialize: encodeSessionRequest,
    requestDeserialize: decodeSessionRequest,
    responseSerialize: encodeSessionResponse,
    responseDeserialize: decodeSessionResponse,
  } satisfies MethodDescription<SessionRequest, SessionResponse>,
  admin: {
    path: '/odradek.internal.v1.ControllerService/Admin',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeAdminRequest,
    requestDeserialize: decodeAdminRequest,
    responseSerialize: encodeAdminReply,
    responseDeserialize: decodeAdminReply,
  } satisfies MethodDescription<AdminRequest, AdminReply>,
} as const;
