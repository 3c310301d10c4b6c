import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Clock, type Logger, RuntimeEnvSetupError, systemClock, toError } from '../../../src/core/index.js';
import { linkInstalledModules } from './link-installed-modules.js';
import { unpackPackage } from './unpack-package.js';

/** Brings a package's bytes, in order. Rejects when the head does not have it. */
export type DownloadPackage = (sha256: string, onChunk: (chunk: Uint8Array) => void) => Promise<void>;

export interface PackageCacheOptions {
  /** Where the packages are unpacked, each in a folder named by its hash. */
  readonly folder: string;
  readonly download: DownloadPackage;
  /** Packages that no process uses and that stay for the next; default 10. */
  readonly maxUnused?: number;
  readonly logger: Logger;
  readonly clock?: Clock;
}

interface CachedPackage {
  readonly folder: Promise<string>;
  numUsers: number;
  wantedAtMs: number;
}

const DEFAULT_MAX_UNUSED = 10;
/** From the answer that a package is here to the start of the process that wants it. */
const GRACE_MS = 60_000;
const SHA256 = /^[0-9a-f]{64}$/;

/** The program folders on this node: each is fetched once, checked against its hash, and kept while a process uses it. */
export class PackageCache {
  readonly #options: PackageCacheOptions;
  /** Least recently used first. */
  readonly #packages = new Map<string, CachedPackage>();
  readonly #clock: Clock;
  #numFetched = 0;

  constructor(options: PackageCacheOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * The folder of a package. Requests at the same time share one download; a failed one is tried again by the next request.
   * @throws {RuntimeEnvSetupError} when it can't be had, is damaged or unsafe.
   */
  async get(sha256: string): Promise<string> {
    if (!SHA256.test(sha256)) throw new RuntimeEnvSetupError(`${JSON.stringify(sha256)} is no SHA-256 of a package.`);
    const entry = this.#packages.get(sha256) ?? { folder: this.#fetch(sha256), numUsers: 0, wantedAtMs: 0 };
    entry.wantedAtMs = this.#clock.now();
    this.#packages.delete(sha256);
    this.#packages.set(sha256, entry);
    try {
      return await entry.folder;
    } catch (error) {
      if (this.#packages.get(sha256) === entry) this.#packages.delete(sha256);
      throw error;
    }
  }

  /** A process was started in the folder: it stays. */
  retain(folder: string): void {
    const entry = this.#packages.get(basename(folder));
    if (entry) entry.numUsers++;
  }

  /** A process that was started in the folder is gone. */
  release(folder: string): void {
    const entry = this.#packages.get(basename(folder));
    if (!entry) return;
    entry.numUsers--;
    this.#removeUnused();
  }

  async #fetch(sha256: string): Promise<string> {
    const { folder, logger } = this.#options;
    this.#numFetched++;
    const unfinished = join(folder, `${sha256}.${this.#numFetched}`);
    const packed = `${unfinished}.tar.gz`;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await this.#download(sha256, packed);
      await unpackPackage(packed, unfinished);
      await linkInstalledModules(folder);
      const final = join(folder, sha256);
      await rm(final, { recursive: true, force: true });
      await rename(unfinished, final);
      logger.info({ sha256 }, 'package of a program unpacked');
      return final;
    } finally {
      await rm(packed, { force: true });
      await rm(unfinished, { recursive: true, force: true });
    }
  }

  async #download(sha256: string, path: string): Promise<void> {
    const hash = createHash('sha256');
    const file = openSync(path, 'w', 0o600);
    try {
      await this.#options.download(sha256, (chunk) => {
        hash.update(chunk);
        writeSync(file, chunk);
      });
    } catch (error) {
      throw new RuntimeEnvSetupError(`The package ${sha256} can't be had from the head: ${toError(error).message}`, {
        cause: error,
      });
    } finally {
      closeSync(file);
    }
    const got = hash.digest('hex');
    if (got === sha256) return;
    throw new RuntimeEnvSetupError(`The package ${sha256} arrived damaged: its bytes have the hash ${got}.`);
  }

  #removeUnused(): void {
    const { folder, maxUnused = DEFAULT_MAX_UNUSED, logger } = this.#options;
    const before = this.#clock.now() - GRACE_MS;
    const unused = [...this.#packages].filter(([, { numUsers, wantedAtMs }]) => numUsers === 0 && wantedAtMs < before);
    for (const [sha256] of unused.slice(0, Math.max(0, unused.length - maxUnused))) {
      this.#packages.delete(sha256);
      rm(join(folder, sha256), { recursive: true, force: true }).catch((error: unknown) => {
        logger.warn({ sha256, error: toError(error).message }, 'could not remove an unused package');
      });
    }
  }
}
