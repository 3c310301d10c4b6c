import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ActorUnavailableError, type Credentials, InvalidArgumentError, type RayError } from '../core/index.js';
import { ConnectionGate, DEFAULT_GATE_LIMITS, type GateLimits } from './connection-gate.js';
import type { Draft } from './draft.js';
import { MessageStream } from './message-stream.js';
import { serveBatch, type UnaryHandler, type UnaryMethod } from './serve-batch.js';
import type { RequestOf, ResponseOf, ServiceName, Services } from './service-definition.js';
import { serviceDefinition } from './service-definition.js';
import { fromStatus, toStatus } from './status.js';
import { serverCredentials } from './tls-credentials.js';
import { tokenInterceptor } from './token-interceptor.js';
import { transportOptions } from './transport-options.js';

/**
 * The handlers of a service: an async function per unary method, a function over the stream per streaming one. Batches of
 * unary calls are taken apart by the server.
 */
export type ServiceHandlers<S> = {
  [M in Exclude<keyof S, 'batch'>]: S[M] extends { requestStream: true }
    ? (stream: MessageStream<RequestOf<S, M>, ResponseOf<S, M>>) => void
    : (request: RequestOf<S, M>, signal: AbortSignal) => Promise<Draft<ResponseOf<S, M>>>;
};

type StreamHandler = (stream: MessageStream<unknown, unknown>) => void;

/** From the end of the sessions, which peers are told of, to that of connections whose peer does not answer. */
const CLOSE_MS = 500;

/**
 * A gRPC server that lets in only callers with the cluster's token and, where it uses TLS, a certificate of its authority.
 * It accepts its connections itself, so that those that never get as far as a call can be watched and cut.
 */
export class RpcServer {
  readonly #server: Server;
  readonly #gate: ConnectionGate;
  readonly #listener: NetServer;

  /** @param limits what strangers may hold; default {@link DEFAULT_GATE_LIMITS}. */
  constructor(credentials: Credentials, limits: GateLimits = DEFAULT_GATE_LIMITS) {
    const gate = new ConnectionGate(limits);
    const interceptors = [tokenInterceptor(credentials.token, (peer) => gate.welcome(peer))];
    this.#server = new Server({ ...transportOptions, interceptors });
    const { injectConnection } = this.#server.createConnectionInjector(serverCredentials(credentials.tls));
    this.#listener = createServer({ noDelay: true }, (socket) => {
      gate.watch(socket);
      injectConnection(socket);
    });
    this.#gate = gate;
  }

  /** Open connections, also those whose peer has not authenticated itself yet. */
  get numConnections(): number {
    return this.#gate.numConnections;
  }

  /** Methods without a handler answer UNIMPLEMENTED. */
  addService<N extends ServiceName>(name: N, handlers: Partial<ServiceHandlers<Services[N]>>): void {
    const definition = serviceDefinition(name);
    const implementation: UntypedServiceImplementation = {};
    const unary = new Map<string, UnaryMethod>();
    for (const [method, methodDefinition] of Object.entries(definition)) {
      const handler = (handlers as unknown as Record<string, unknown>)[method];
      if (!handler) continue;
      if (methodDefinition.requestStream) implementation[method] = this.#streaming(handler as StreamHandler);
      else {
        implementation[method] = this.#unary(handler as UnaryHandler);
        unary.set(method, { handler: handler as UnaryHandler, definition: methodDefinition });
      }
    }
    if (definition['batch']) implementation['batch'] = this.#streaming((stream) => serveBatch(unary, stream as never));
    this.#server.addService(definition, implementation);
  }

  /**
   * Listens and returns the port, the one asked for or a free one for 0.
   * @throws {InvalidArgumentError} when the port is taken or the host is not this machine's.
   */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#listener.once('error', (error) => reject(bindError(error, host, port)));
      this.#listener.listen({ host, port }, () => resolve((this.#listener.address() as AddressInfo).port));
    });
  }

  /** Ends every call at once and stops listening. */
  close(): void {
    this.#listener.close();
    this.#server.forceShutdown();
    setTimeout(() => this.#gate.close(), CLOSE_MS).unref();
  }

  #unary(handler: UnaryHandler): handleUnaryCall<unknown, unknown> {
    return (call: ServerUnaryCall<unknown, unknown>, done) => {
      const abort = new AbortController();
      let isAnswered = false;
      const answer: typeof done = (...outcome) => {
        isAnswered = true;
        done(...outcome);
      };
      // grpc-js says so at the end of every call, also of one that was answered.
      call.on('cancelled', () => {
        if (!isAnswered) abort.abort();
      });
      // An async wrapper, so that a handler that throws before its first await is answered too.
      (async () => handler(call.request, abort.signal))().then(
        (response) => answer(null, response),
        (error: unknown) => answer(toStatus(error)),
      );
    };
  }

  #streaming(handler: StreamHandler): handleBidiStreamingCall<unknown, unknown> {
    return (call: ServerDuplexStream<unknown, unknown>) => {
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

function bindError(error: NodeJS.ErrnoException, host: string, port: number): RayError {
  const message =
    error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is taken. Stop what listens there, or choose another port with --port.`
      : error.code === 'EADDRNOTAVAIL'
        ? `${host} is not an address of this machine. Choose one of its own with --node-ip-address.`
        : `Can't listen on ${host}:${port}: ${error.message}.`;
  return new InvalidArgumentError(message, { cause: error });
}
