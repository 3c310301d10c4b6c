import { type Logger, sleep, toError } from '../../../src/core/index.js';
import { LocalRedisServer, type LocalRedisServerOptions } from './local-redis-server.js';

/** Between two starts of a server that keeps ending. */
const RESTART_MS = 500;

/**
 * A redis-server of the head's own that is started again, on its data, whenever it ends: writes wait meanwhile, as they do
 * for any Redis that is away.
 */
export class KeptRedisServer {
  readonly #options: LocalRedisServerOptions;
  readonly #logger: Logger;
  #server: LocalRedisServer;
  #state: 'kept' | 'stopping' = 'kept';

  private constructor(server: LocalRedisServer, options: LocalRedisServerOptions, logger: Logger) {
    this.#server = server;
    this.#options = options;
    this.#logger = logger;
    void this.#keep();
  }

  /**
   * Resolves when the server answers.
   * @throws {StoreUnavailableError} when it does not come up the first time.
   */
  static async start(options: LocalRedisServerOptions, logger: Logger): Promise<KeptRedisServer> {
    const server = await LocalRedisServer.start(options);
    try {
      await server.waitReady();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return new KeptRedisServer(server, options, logger);
  }

  get url(): string {
    return this.#server.url;
  }

  /** Ends the server for good. Idempotent. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    await this.#server.stop();
  }

  async #keep(): Promise<void> {
    for (;;) {
      const reason = await this.#server.exited;
      if (this.#state === 'stopping') return;
      this.#logger.error({ reason }, "the head's redis-server ended; starting it again");
      await this.#restart();
      // One that ends as it starts is not started in a busy loop.
      await sleep(RESTART_MS);
    }
  }

  async #restart(): Promise<void> {
    while (this.#state === 'kept') {
      try {
        this.#server = await LocalRedisServer.start(this.#options);
        break;
      } catch (error) {
        this.#logger.error({ error: toError(error).message }, "the head's redis-server does not start");
        await sleep(RESTART_MS);
      }
    }
    // It may have been told to stop while it came up.
    if (this.#state === 'stopping') await this.#server.stop();
  }
}
