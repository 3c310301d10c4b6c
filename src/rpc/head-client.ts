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
import { addFound, type HeadAddresses, learnAddresses, leaveAddress, splitAddresses } from './head-addresses.js';
import type { MessageStream } from './message-stream.js';
import type { MethodNames, RequestOf, ResponseOf, Services } from './service-definition.js';

type HeadService = Services['HeadService'];

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 1_000;
/** Of one attempt. */
const DEFAULT_DEADLINE_MS = 10_000;

/** Addresses that others on this machine have found since. */
export type FindHead = () => readonly string[];

/**
 * Calls the head of a cluster, wherever it is: it looks at the addresses that it was given, at those of standbys that the
 * head told of, and where others on this machine have found it. Names are looked up at every attempt. A head that can't be
 * reached is a {@link HeadUnavailableError}.
 */
export class HeadClient {
  readonly #configured: readonly string[];
  readonly #credentials: Credentials;
  readonly #find: FindHead;
  readonly #clients = new Map<string, RpcClient<'HeadService'>>();
  #addresses: HeadAddresses;
  #patienceMs = 0;
  #state: 'open' | 'closed' = 'open';

  /** @param address host:port, or several with commas between, of which the first is tried first. */
  constructor(address: string, credentials: Credentials, find: FindHead = () => []) {
    const [current = address, ...others] = splitAddresses(address);
    this.#configured = [current, ...others];
    this.#credentials = credentials;
    this.#find = find;
    this.#addresses = { known: this.#configured, current };
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
   * Every call of the head is idempotent, so one whose fate is unknown is repeated while there is patience, and at each of
   * the addresses where the head may be.
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
    const tried = new Set<string>();
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)) {
      const { current } = this.#addresses;
      const client = this.#client(current);
      try {
        return await client.call(method, request, deadlineMs);
      } catch (error) {
        if (!(error instanceof HeadUnavailableError || error instanceof DeadlineExceededError)) throw error;
        this.#leave(current, client);
        const isLast = tried.add(current).has(this.#addresses.current);
        if (isLast && systemClock.now() - startMs >= this.#patienceMs) throw error;
      }
      await sleep(retryMs);
    }
  }

  /** Opens a stream to where the head is taken to be; when it breaks, the next one goes to where else it may be. */
  stream<M extends MethodNames<HeadService, true>>(
    method: M,
  ): MessageStream<ResponseOf<HeadService, M>, RequestOf<HeadService, M>> {
    const { current } = this.#addresses;
    const client = this.#client(current);
    const stream = client.stream(method);
    stream.onEnd((end) => {
      if (end) this.#leave(current, client);
    });
    return stream;
  }

  /** Lets calls and streams that are open end by themselves, and takes no more. Idempotent. */
  close(): void {
    this.#state = 'closed';
    this.#patienceMs = 0;
    for (const client of this.#clients.values()) client.close();
  }

  /** The next connection to the address is a new one: its name may lead elsewhere by then. */
  #leave(address: string, client: RpcClient<'HeadService'>): void {
    this.#addresses = leaveAddress(addFound(this.#addresses, this.#find()), address);
    if (this.#clients.get(address) !== client) return;
    this.#clients.delete(address);
    client.close();
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

/**
 * Calls the head at `address` (host:port, or several with commas between), and later where it has moved to.
 * @param find asked whenever the head did not answer; default nobody.
 */
export function createHeadClient(address: string, credentials: Credentials, find?: FindHead): HeadClient {
  return new HeadClient(address, credentials, find);
}
