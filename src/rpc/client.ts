import { Client } from '@grpc/grpc-js';
import { type Credentials, IllegalStateError, type RayError } from '../core/index.js';
import { tokenMetadata } from './cluster-token.js';
import type { Draft } from './draft.js';
import { MessageStream } from './message-stream.js';
import {
  type MethodNames,
  type RequestOf,
  type ResponseOf,
  type ServiceName,
  type Services,
  serviceDefinition,
} from './service-definition.js';
import { fromStatus, type UnavailableError } from './status.js';
import { CLUSTER_DNS_NAME, channelCredentials } from './tls-credentials.js';
import { transportOptions } from './transport-options.js';

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

/** Calls one service of one peer. Every unary call has a deadline; a stream lives until either side ends it. */
export class RpcClient<N extends ServiceName> {
  readonly #client: Client;
  readonly #definition: ReturnType<typeof serviceDefinition>;
  readonly #options: RpcClientOptions;
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
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    return new Promise((resolve, reject) => {
      this.#requireOpen();
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request as object,
        tokenMetadata(this.#options.credentials.token),
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          if (error) reject(this.#toError(error));
          else resolve(response as ResponseOf<Services[N], M>);
        },
      );
    });
  }

  /**
   * Opens a bidirectional stream. A peer that can't be reached ends it with the unavailable error.
   * @throws {IllegalStateError} after {@link close}.
   */
  stream<M extends MethodNames<Services[N], true>>(
    method: M,
  ): MessageStream<ResponseOf<Services[N], M>, RequestOf<Services[N], M>> {
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    this.#requireOpen();
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

  /** Lets calls and streams that are open end by themselves, and takes no more. Idempotent. */
  close(): void {
    this.#state = 'closed';
    this.#client.close();
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
