export type { LogState, PeerEchoes, ReplicaHealth, ReplicaOptions } from './options.ts';
export { Replica } from './replica.ts';
export type * from './types.ts';
export type { ReplicaView } from './view.ts';
