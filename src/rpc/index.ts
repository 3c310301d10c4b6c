/**
 * The only folder that knows gRPC and protobuf. The rest of ray-ts sees typed clients, servers and message streams, and
 * errors of the one family; generated message types stay in here and in the services that answer them.
 */
export { AgentStores, type ObjectStoreRpcClient } from './agent-stores.js';
export { RpcClient, type RpcClientOptions } from './client.js';
export { createClusterToken } from './cluster-token.js';
export type { Draft } from './draft.js';
export { fromErrorDetail, toErrorDetail } from './error-detail.js';
export type * from './generated/rayts.js';
export { createHeadClient, HeadClient } from './head-client.js';
export { HeadSession, type HeadSessionOptions, type SessionLease } from './head-session.js';
export { MessageStream, type StreamEnd } from './message-stream.js';
export { createAgentClient, type LogQuery, type LogReading, listLogs, readLog } from './read-log.js';
export { readObject } from './read-object.js';
export { receiveInTurn } from './receive-in-turn.js';
export type { UnaryHandler } from './serve-batch.js';
export { RpcServer, type ServiceHandlers } from './server.js';
export { type MessageCodec, messageCodec, type ServiceName, type Services } from './service-definition.js';
export { splitBatch } from './split-batch.js';
export {
  decodeValue,
  encodeValue,
  encodeValueInPlace,
  registerReferenceClass,
  registerValueClass,
  type ValueClass,
  valueBytes,
  valueTypes,
} from './value-codec.js';
