import {
  type Credentials,
  DeadlineExceededError,
  HeadUnavailableError,
  IllegalStateError,
  sleep,
  systemClock,
} from '../core/index.js';
import { RpcClient } from './client.js';
import type { Draft } from './draft.js';
import { type HeadAddresses, learnAddresses, leaveAddress } from './head-addresses.js';
import type { MessageStream } from './message-stream.js';
import type { MethodNames, RequestOf, ResponseOf, Services } from './service-definition.js';

type HeadService = Services['HeadService'];

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 1_000;
/** Of one attempt. */
const DEFAULT_DEADLINE_MS = 10_000;

/**
 * Calls the head of a cluster, wherever it is: it follows the head to the standbys that it was told of. A head that can't
 * be reached is a {@link HeadUnavailableError}.
 */
export class HeadClient {
  readonly #configured: string;
  readonly #credentials: Credentials;
  readonly #clients = new Map<string, RpcClient<'HeadService'>>();
  #addresses: HeadAddresses;
  #patienceMs = 0;
  #state: 'open' | 'closed' = 'open';

  constructor(address: string, credentials: Credentials) {
    this.#configured = address;
    this.#credentials = credentials;
    this.#addresses = { known: [address], current: address };
  }

  /** Where the head is taken to be, host:port. */
  get address(): string {
    return this.#addresses.current;
  }

  /** Every place where the head may be, the present one first. */
  get addresses(): readonly string[] {
    const { known, current } = this.#addresses;
    return [current, ...known.filter((address) => address !== current)];
  }

  /** The head said where it is and where standbys are. */
  learn(told: readonly string[]): void {
    this.#addresses = learnAddresses(this.#addresses, told, this.#configured);
  }

  /** From now on calls wait this long for a head that is away, or for one that waits for its store. Default 0. */
  waitForHead(patienceMs: number): void {
    this.#patienceMs = patienceMs;
  }

  /**
   * Every call of the head is idempotent, so one whose fate is unknown is repeated while there is patience.
   *
   * @param deadlineMs of one attempt; default 10 s.
   * @throws what the head threw; {@link HeadUnavailableError} or {@link DeadlineExceededError} when patience is at its end.
   */
  async call<M extends MethodNames<HeadService, false>>(
    method: M,
    request: Draft<RequestOf<HeadService, M>>,
    deadlineMs: number = DEFAULT_DEADLINE_MS,
  ): Promise<ResponseOf<HeadService, M>> {
    const startMs = systemClock.now();
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)) {
      const { current } = this.#addresses;
      try {
        return await this.#client(current).call(method, request, deadlineMs);
      } catch (error) {
        const isAway = error instanceof HeadUnavailableError || error instanceof DeadlineExceededError;
        if (!isAway || systemClock.now() - startMs >= this.#patienceMs) throw error;
        this.#addresses = leaveAddress(this.#addresses, current);
      }
      await sleep(retryMs);
    }
  }

  /** Opens a stream to where the head is taken to be; when it breaks, the next one goes to where else it may be. */
  stream<M extends MethodNames<HeadService, true>>(
    method: M,
  ): MessageStream<ResponseOf<HeadService, M>, RequestOf<HeadService, M>> {
    const { current } = this.#addresses;
    const stream = this.#client(current).stream(method);
    stream.onEnd((end) => {
      if (end) this.#addresses = leaveAddress(this.#addresses, current);
    });
    return stream;
  }

  /** Lets calls and streams that are open end by themselves, and takes no more. Idempotent. */
  close(): void {
    this.#state = 'closed';
    this.#patienceMs = 0;
    for (const client of this.#clients.values()) client.close();
  }

  #client(address: string): RpcClient<'HeadService'> {
    if (this.#state === 'closed') throw new IllegalStateError(`The connection to the head at ${address} was closed.`);
    const existing = this.#clients.get(address);
    if (existing) return existing;
    const client = new RpcClient('HeadService', {
      address,
      credentials: this.#credentials,
      peer: `The head at ${address}`,
      unavailable: (message, cause) => new HeadUnavailableError(message, { cause }),
    });
    this.#clients.set(address, client);
    return client;
  }
}

/** Calls the head at `address` (host:port), and later where it has moved to. */
export function createHeadClient(address: string, credentials: Credentials): HeadClient {
  return new HeadClient(address, credentials);
}
