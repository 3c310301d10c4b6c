import { CommandedDriver } from './commanded-driver.js';
import { killHead, type LabCluster, restartHead } from './head-outage.js';
import { Lab } from './lab.js';
import { describeWithRedis, TestRedisServer } from './redis-server.js';

/** A lab for a cluster whose head is killed and started again over one store, with drivers that end with it. */
export class RestartLab extends Lab {
  readonly #storeFlags: readonly string[];
  readonly #drivers: CommandedDriver[] = [];

  private constructor(storeFlags: readonly string[]) {
    super();
    this.#storeFlags = storeFlags;
  }

  /** Starts the cluster. @param flags of its first head, beside those of the store. */
  static async open(
    storeFlags: readonly string[],
    flags: readonly string[],
  ): Promise<{ readonly lab: RestartLab; readonly cluster: LabCluster; readonly driver: CommandedDriver }> {
    const lab = new RestartLab(storeFlags);
    try {
      const cluster = await lab.startHead([...flags, ...storeFlags]);
      return { lab, cluster, driver: await lab.startDriver() };
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  async startDriver(): Promise<CommandedDriver> {
    const driver = await CommandedDriver.start(this);
    this.#drivers.push(driver);
    return driver;
  }

  killHead(): Promise<void> {
    return killHead(this);
  }

  /** @returns what it printed. */
  restartHead(): Promise<string> {
    return restartHead(this, this.#storeFlags);
  }

  override async close(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.kill()));
    await super.close();
  }
}

/**
 * Holds the same facts over every store that outlives a head and is not its own: the embedded one, and a Redis.
 * @param body is given the store's name, and the flags of a head that uses it, which are known when a test runs.
 */
export function describeOverStores(
  name: string,
  body: (store: string, storeFlags: () => readonly string[]) => void,
): void {
  body('the embedded store', () => ['--embedded-store']);

  describeWithRedis(`${name} over Redis`, (executable) => {
    let redis: TestRedisServer;
    beforeEach(async () => {
      redis = new TestRedisServer(executable);
      await redis.start();
    });
    afterEach(() => redis.stop());
    body('a Redis', () => ['--redis-address', redis.url]);
  });
}
