import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ActorUnavailableError, InvalidArgumentError, type RayError, UnauthenticatedError } from '../core/index.js';
import { type ClusterToken, hasToken } from './cluster-token.js';
import type { Draft } from './draft.js';
import { MessageStream } from './message-stream.js';
import type { RequestOf, ResponseOf, ServiceName, Services } from './service-definition.js';
import { serviceDefinition } from './service-definition.js';
import { fromStatus, toStatus } from './status.js';
import { transportOptions } from './transport-options.js';

/** The handlers of a service: an async function per unary method, a function over the stream per streaming one. */
export type ServiceHandlers<S> = {
  [M in keyof S]: S[M] extends { requestStream: true }
    ? (stream: MessageStream<RequestOf<S, M>, ResponseOf<S, M>>) => void
    : (request: RequestOf<S, M>, signal: AbortSignal) => Promise<Draft<ResponseOf<S, M>>>;
};

type UnaryHandler = (request: unknown, signal: AbortSignal) => Promise<unknown>;
type StreamHandler = (stream: MessageStream<unknown, unknown>) => void;

/** A gRPC server that lets in only callers with the cluster's token. */
export class RpcServer {
  readonly #server = new Server(transportOptions);
  readonly #token: ClusterToken;

  constructor(token: ClusterToken) {
    this.#token = token;
  }

  /** Methods without a handler answer UNIMPLEMENTED. */
  addService<N extends ServiceName>(name: N, handlers: Partial<ServiceHandlers<Services[N]>>): void {
    const definition = serviceDefinition(name);
    const implementation: UntypedServiceImplementation = {};
    for (const [method, { requestStream }] of Object.entries(definition)) {
      const handler = (handlers as unknown as Record<string, unknown>)[method];
      if (!handler) continue;
      implementation[method] = requestStream
        ? this.#streaming(handler as StreamHandler)
        : this.#unary(handler as UnaryHandler);
    }
    this.#server.addService(definition, implementation);
  }

  /**
   * Listens and returns the port, the one asked for or a free one for 0.
   * @throws {InvalidArgumentError} when the port is taken or the host is not this machine's.
   */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(bindError(error, host, port));
        else resolve(bound);
      });
    });
  }

  /** Ends every call at once and stops listening. */
  close(): void {
    this.#server.forceShutdown();
  }

  #unary(handler: UnaryHandler): handleUnaryCall<unknown, unknown> {
    return (call: ServerUnaryCall<unknown, unknown>, done) => {
      if (!hasToken(call.metadata, this.#token)) return done(toStatus(wrongToken()));
      const abort = new AbortController();
      call.on('cancelled', () => abort.abort());
      // An async wrapper, so that a handler that throws before its first await is answered too.
      (async () => handler(call.request, abort.signal))().then(
        (response) => done(null, response),
        (error: unknown) => done(toStatus(error)),
      );
    };
  }

  #streaming(handler: StreamHandler): handleBidiStreamingCall<unknown, unknown> {
    return (call: ServerDuplexStream<unknown, unknown>) => {
      if (!hasToken(call.metadata, this.#token)) {
        call.emit('error', toStatus(wrongToken()));
        return;
      }
      const endStream = (error?: unknown): void => {
        if (error === undefined) call.end();
        else call.emit('error', toStatus(error));
      };
      const toError = (error: unknown): RayError => fromStatus(error, `The caller at ${call.getPeer()}`, callerGone);
      const stream = new MessageStream<unknown, unknown>(call, toError, endStream);
      try {
        handler(stream);
      } catch (error) {
        stream.close(error);
      }
    };
  }
}

const callerGone = (message: string, cause: unknown): RayError => new ActorUnavailableError(message, { cause });

const wrongToken = (): UnauthenticatedError =>
  new UnauthenticatedError(
    'The cluster token is missing or wrong. Use the token that `ray-ts start --head` printed (RAY_TS_TOKEN or --token).',
  );

function bindError(error: Error, host: string, port: number): RayError {
  const message = /EADDRINUSE/.test(error.message)
    ? `Port ${port} on ${host} is taken. Stop what listens there, or choose another port with --port.`
    : /EADDRNOTAVAIL/.test(error.message)
      ? `${host} is not an address of this machine. Choose one of its own with --node-ip-address.`
      : `Can't listen on ${host}:${port}: ${error.message}.`;
  return new InvalidArgumentError(message, { cause: error });
}
