import { Client } from '@grpc/grpc-js';
import { type Credentials, IllegalStateError, type RayError, toError } from '../core/index.js';
import { tokenMetadata } from './cluster-token.js';
import type { Draft } from './draft.js';
import type { AnswerBatch, CallBatch } from './generated/rayts.js';
import { MessageStream } from './message-stream.js';
import { type BatchableCall, sendBatch } from './send-batch.js';
import {
  type MethodNames,
  type RequestOf,
  type ResponseOf,
  type ServiceName,
  type Services,
  serviceDefinition,
} from './service-definition.js';
import { splitBatch } from './split-batch.js';
import { deadlineExceeded, fromStatus, type UnavailableError } from './status.js';
import { CLUSTER_DNS_NAME, channelCredentials } from './tls-credentials.js';
import { transportOptions } from './transport-options.js';
import { TurnQueue } from './turn-queue.js';

/** TLS sends a host's name, never an address, ahead of the handshake: all hosts of a cluster go by one. */
const clientOptions = { ...transportOptions, 'grpc.ssl_target_name_override': CLUSTER_DNS_NAME };

/** Of a unary call without a deadline of its own. */
const DEFAULT_DEADLINE_MS = 10_000;

export interface RpcClientOptions {
  /** host:port. */
  readonly address: string;
  readonly credentials: Credentials;
  /** Who answers there, for messages: "The head at 10.0.0.1:6380". */
  readonly peer: string;
  readonly unavailable: UnavailableError;
}

interface UnaryCall {
  readonly method: string;
  readonly request: object;
  readonly deadlineMs: number;
  readonly resolve: (response: object) => void;
  readonly reject: (error: RayError) => void;
}

/**
 * Calls one service of one peer. Every unary call has a deadline; a stream lives until either side ends it. Unary calls that
 * are made in one turn of the event loop go as one message: a call of its own costs gRPC ten times what it carries.
 */
export class RpcClient<N extends ServiceName> {
  readonly #client: Client;
  readonly #definition: ReturnType<typeof serviceDefinition>;
  readonly #options: RpcClientOptions;
  readonly #calls = new TurnQueue<UnaryCall>((calls) => this.#sendCalls(calls));
  #state: 'open' | 'closed' = 'open';

  constructor(service: N, options: RpcClientOptions) {
    this.#options = options;
    this.#definition = serviceDefinition(service);
    const { address, credentials } = options;
    this.#client = new Client(address, channelCredentials(credentials.tls, address), clientOptions);
  }

  /**
   * @param deadlineMs how long to wait for the answer; default 10 s.
   * @throws what the handler threw, rebuilt; the peer's unavailable error; DeadlineExceededError; IllegalStateError after
   *  {@link close}.
   */
  call<M extends MethodNames<Services[N], false>>(
    method: M,
    request: Draft<RequestOf<Services[N], M>>,
    deadlineMs: number = DEFAULT_DEADLINE_MS,
  ): Promise<ResponseOf<Services[N], M>> {
    return new Promise((resolve, reject) => {
      this.#requireOpen();
      this.#calls.add({
        method,
        request: request as object,
        deadlineMs,
        resolve: (response) => resolve(response as ResponseOf<Services[N], M>),
        reject,
      });
    });
  }

  /**
   * Opens a bidirectional stream. A peer that can't be reached ends it with the unavailable error.
   * @throws {IllegalStateError} after {@link close}.
   */
  stream<M extends MethodNames<Services[N], true>>(
    method: M,
  ): MessageStream<ResponseOf<Services[N], M>, RequestOf<Services[N], M>> {
    this.#requireOpen();
    return this.#openStream(method);
  }

  /** Lets calls and streams that are open end by themselves, and takes no more. Idempotent. */
  close(): void {
    this.#state = 'closed';
    this.#calls.flush();
    this.#client.close();
  }

  #sendCalls(calls: readonly UnaryCall[]): void {
    if (calls.length === 1) {
      this.#sendAlone(calls[0]!);
      return;
    }
    const encoded = calls.flatMap((call) => this.#encode(call));
    for (const batch of splitBatch(encoded, ({ request }) => request.length)) {
      sendBatch(this.#openStream<CallBatch, AnswerBatch>('batch'), batch, {
        inTime: (deadlineMs) => deadlineExceeded(this.#options.peer, `${deadlineMs / 1_000} s are over`),
        atAll: () => this.#options.unavailable(`${this.#options.peer} ended the connection.`, undefined),
      });
    }
  }

  #sendAlone({ method, request, deadlineMs, resolve, reject }: UnaryCall): void {
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    this.#client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      tokenMetadata(this.#options.credentials.token),
      { deadline: Date.now() + deadlineMs },
      (error, response) => {
        if (error) reject(this.#toError(error));
        else resolve(response as object);
      },
    );
  }

  /** A message that can't be encoded fails alone. */
  #encode({ method, request, deadlineMs, resolve, reject }: UnaryCall): BatchableCall[] {
    const { requestSerialize, responseDeserialize } = this.#method(method);
    const onResponse = (response: Uint8Array): void => resolve(responseDeserialize(response as Buffer));
    try {
      return [{ method, request: requestSerialize(request), deadlineMs, onResponse, onError: reject }];
    } catch (error) {
      reject(this.#toError(toError(error)));
      return [];
    }
  }

  #openStream<Outgoing, Incoming>(method: string): MessageStream<Incoming, Outgoing> {
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    const duplex = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      tokenMetadata(this.#options.credentials.token),
    );
    const endStream = (error?: unknown): void => {
      if (error === undefined) duplex.end();
      else duplex.cancel();
    };
    return new MessageStream(duplex, (error) => this.#toError(error), endStream);
  }

  #requireOpen(): void {
    if (this.#state === 'closed') throw new IllegalStateError(`The connection was closed: ${this.#options.peer}.`);
  }

  #method(name: string) {
    const method = this.#definition[name];
    if (method === undefined) throw new TypeError(`unknown method ${name}`);
    return method;
  }

  #toError(error: unknown): RayError {
    return fromStatus(error, this.#options.peer, this.#options.unavailable);
  }
}
