import { type ConnectionOptions, rootCertificates } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { systemClock, type TlsIdentity } from '../../../src/core/index.js';
import { type StoreOperation, withinTimeout } from '../store-unavailable.js';
import { fromRedisError, isLoginError, withoutCommand } from './from-redis-error.js';
import { parseRedisUrl } from './redis-url.js';

const MAX_RETRY_DELAY_MS = 1_000;

/**
 * One connection to Redis that comes back by itself, with a bound on every operation. ioredis keeps no command over a
 * reconnection (a command that timed out must not run later): an operation called while the connection is away waits
 * here, and is sent only if the connection returns within its bound.
 */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #timeoutMs: number;
  #lastError: Error | undefined;
  #connectedSinceMs = 0;

  /**
   * Starts connecting.
   * @param tls for rediss://…: shown when Redis asks for a certificate, and trusted beside the public authorities.
   * @throws {InvalidArgumentError} for an address of no known form.
   */
  constructor(url: string, timeoutMs: number, tls?: TlsIdentity) {
    this.#timeoutMs = timeoutMs;
    this.#redis = new Redis(createRedisOptions(url, timeoutMs, tls));
    // Every operation that waits for the connection listens to it.
    this.#redis.setMaxListeners(0);
    this.#redis.on('error', (error: unknown) => {
      this.#lastError = withoutCommand(error);
    });
    this.#redis.on('ready', () => {
      this.#lastError = undefined;
      this.#connectedSinceMs = systemClock.now();
    });
  }

  /** When the present connection began, or the last one, by the system's monotonic clock; 0 before the first. */
  get connectedSinceMs(): number {
    return this.#connectedSinceMs;
  }

  /**
   * Sends one command as soon as the connection is up.
   *
   * @throws {StoreUnavailableError} when there is no answer in time; the last connection error is its cause.
   * @throws {InvalidArgumentError} when Redis refuses the login.
   */
  async run<T>(operation: StoreOperation, send: (redis: Redis) => Promise<T>): Promise<T> {
    const abandoned = new AbortController();
    try {
      const result = this.#sendWhenReady(send, abandoned.signal);
      return await withinTimeout(operation, this.#timeoutMs, result, () => this.#lastError);
    } catch (error) {
      throw fromRedisError(operation, error);
    } finally {
      abandoned.abort();
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #sendWhenReady<T>(send: (redis: Redis) => Promise<T>, abandoned: AbortSignal): Promise<T> {
    if (!this.#isWritable()) await this.#untilReady(abandoned);
    return send(this.#redis);
  }

  /** A broken connection stays `ready` for a moment, in which ioredis refuses commands without sending them. */
  #isWritable(): boolean {
    return this.#redis.status === 'ready' && this.#redis.stream.writable;
  }

  #untilReady(abandoned: AbortSignal): Promise<void> {
    const redis = this.#redis;
    return new Promise((resolve, reject) => {
      const stopListening = (): void => {
        redis.off('ready', onReady).off('end', onEnd).off('error', onError);
      };
      const onReady = (): void => {
        stopListening();
        resolve();
      };
      const onEnd = (): void => {
        stopListening();
        reject(new Error('the connection was closed'));
      };
      const onError = (error: unknown): void => {
        // Others are retried until the bound; a refused login will not heal by waiting.
        if (!isLoginError(error)) return;
        stopListening();
        reject(error);
      };
      redis.on('ready', onReady).on('end', onEnd).on('error', onError);
      abandoned.addEventListener('abort', onEnd, { once: true });
    });
  }
}

function createRedisOptions(url: string, timeoutMs: number, tls: TlsIdentity | undefined) {
  const address = parseRedisUrl(url);
  return {
    ...address,
    ...(address.tls && tls ? { tls: tlsOptions(tls) } : {}),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // A peer that went silent without closing (a host that lost power) is given up and dialled again.
    socketTimeout: 2 * timeoutMs,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** (attempt - 1), MAX_RETRY_DELAY_MS),
  } satisfies RedisOptions;
}

const tlsOptions = ({ cert, key, ca }: TlsIdentity): ConnectionOptions => ({
  cert,
  key,
  // A list of one's own replaces the public authorities, and a Redis that is rented has its certificate from one of them.
  ca: [...rootCertificates, ca],
});
