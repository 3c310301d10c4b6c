import type * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs/light.js';
import { invariant } from '../core/index.js';
import type { Draft } from './draft.js';
import type {
  AgentService,
  HeadService,
  ObjectStoreService,
  RendezvousService,
  WorkerService,
} from './generated/rayts.js';
import { descriptor } from './generated/rayts.js';

/** The services of proto/rayts/v1, by their proto name. */
export interface Services {
  HeadService: HeadService;
  AgentService: AgentService;
  ObjectStoreService: ObjectStoreService;
  RendezvousService: RendezvousService;
  WorkerService: WorkerService;
}

export type ServiceName = keyof Services;

/** A method's entry in a generated service interface. */
export interface MethodShape {
  request: unknown;
  response: unknown;
  requestStream: boolean;
  responseStream: boolean;
}

/** The names of the methods of service `S` that are (`true`) or are not (`false`) bidirectional streams. */
export type MethodNames<S, Streaming extends boolean> = {
  [M in keyof S]: S[M] extends { requestStream: Streaming } ? M : never;
}[keyof S] &
  string;

export type RequestOf<S, M extends keyof S> = S[M] extends { request: infer Request } ? Request : never;
export type ResponseOf<S, M extends keyof S> = S[M] extends { response: infer Response } ? Response : never;

// Not Root.fromJSON, which looks up every type of every field at once: a process needs a few of them.
const schema = new protobuf.Root()
  .addJSON((descriptor as protobuf.INamespace).nested!)
  .lookup('rayts.v1') as protobuf.Namespace;

/** Plain objects with every field set, enums as their names: the form of the generated interfaces. */
const PLAIN: protobuf.IConversionOptions = {
  enums: String,
  longs: Number,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
};

/** Bytes of a message of the generated type `T`, and back. */
export interface MessageCodec<T> {
  encode(message: Draft<T>): Buffer;
  /** @throws {Error} when the bytes are not a message of this type. */
  decode(bytes: Uint8Array): T;
}

export function messageCodec<T extends object>(typeName: string): MessageCodec<T> {
  const type = schema.lookupType(typeName);
  return {
    encode: (message) => type.encode(type.fromObject(message)).finish() as Buffer,
    decode: (bytes) => type.toObject(type.decode(bytes), PLAIN) as T,
  };
}

const camelCase = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** The service as grpc-js wants it: a path and codecs per method, by camelCase name. */
export function serviceDefinition(name: ServiceName): grpc.ServiceDefinition {
  const service = schema.lookupService(name);
  const methods = service.methodsArray.map((method): [string, grpc.MethodDefinition<object, object>] => {
    invariant(method.resolve(), `method ${method.fullName} resolves`);
    const request = messageCodec<object>(method.requestType);
    const response = messageCodec<object>(method.responseType);
    return [
      camelCase(method.name),
      {
        path: `/rayts.v1.${name}/${method.name}`,
        requestStream: Boolean(method.requestStream),
        responseStream: Boolean(method.responseStream),
        requestSerialize: request.encode,
        requestDeserialize: request.decode,
        responseSerialize: response.encode,
        responseDeserialize: response.decode,
      },
    ];
  });
  return Object.fromEntries(methods);
}
