import { closeSync } from 'node:fs';
import { holdObjectFile, isObjectFileHeld, removeSegments, segmentPath } from '../../../src/channel/index.js';
import {
  type Clock,
  IllegalStateError,
  InvalidArgumentError,
  type Logger,
  ObjectStoreFullError,
  systemClock,
  toError,
} from '../../../src/core/index.js';
import { readChunks, writeFully } from './file-bytes.js';
import { ObjectFiles } from './object-files.js';
import { moveTo, type ObjectFile, type ObjectRecord } from './object-record.js';
import { ObjectTable } from './object-table.js';
import { RoomKeeper, type Writer } from './room-keeper.js';
import { SpillDirectory } from './spill-directory.js';

/** Of the capacity: files of freed objects that are kept for the next ones. They give way as soon as room is needed. */
const SPARE_SHARE = 0.25;
const PATIENCE_MS = 10_000;
const COLLECT_MS = 1_000;
/** An object that nobody has begun to write, or whose writer is gone, is given up after this. */
const ABANDONED_MS = 60_000;

export interface ObjectStoreOptions {
  readonly nodeId: string;
  /** Known once the node has registered, which is before anybody calls. */
  readonly clusterId: () => string;
  /** Bytes of /dev/shm that it may take; see `chooseCapacity`. */
  readonly capacity: number;
  readonly spillPath: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** How long a new object waits for room while none comes free; default 10 s. */
  readonly patienceMs?: number;
}

export interface NewObject {
  readonly objectId: string;
  readonly ownerWorkerId: string;
  readonly size: number;
  readonly isPrimary: boolean;
}

/** Where an object lies on this node, or why it doesn't; `unfinished`: some process is writing it. */
export type Located =
  | { readonly kind: 'here'; readonly path: string }
  | { readonly kind: 'absent' | 'unfinished'; readonly reason: string };

/**
 * A node's object store: which objects it has, and their files in /dev/shm and on disk. The processes of the host write and
 * read the files themselves.
 */
export class ObjectStore {
  readonly #options: ObjectStoreOptions;
  readonly #clock: Clock;
  readonly #table = new ObjectTable();
  readonly #files: ObjectFiles;
  readonly #spillDirectory: SpillDirectory;
  readonly #room: RoomKeeper;
  readonly #restores = new Map<string, Promise<Located>>();
  readonly #collector: NodeJS.Timeout;

  constructor(options: ObjectStoreOptions) {
    const { nodeId, clusterId, capacity, logger, clock = systemClock, patienceMs = PATIENCE_MS } = options;
    this.#options = options;
    this.#spillDirectory = new SpillDirectory(options.spillPath);
    this.#files = new ObjectFiles({
      pathOf: (name) => segmentPath(clusterId(), nodeId, name),
      maxSpareBytes: SPARE_SHARE * capacity,
      logger,
    });
    this.#room = new RoomKeeper({
      nodeId,
      table: this.#table,
      files: this.#files,
      spillDirectory: this.#spillDirectory,
      capacity,
      patienceMs,
      clock,
      logger,
    });
    this.#clock = clock;
    this.#collector = setInterval(() => this.#collect(), COLLECT_MS).unref();
  }

  get nodeId(): string {
    return this.#options.nodeId;
  }

  get capacity(): number {
    return this.#options.capacity;
  }

  /** Bytes of objects in memory. */
  get used(): number {
    return this.#table.bytesInMemory;
  }

  /** Bytes of objects that are on disk. */
  get spilled(): number {
    return this.#table.bytesOnDisk;
  }

  records(): Iterable<ObjectRecord> {
    return this.#table;
  }

  /**
   * Makes room for an object, waiting for it if need be. An object of that id is replaced: the task that makes it ran again.
   * @returns its record, with the file to write it to.
   * @throws {ObjectStoreFullError} when no room came free in time.
   */
  async create(object: NewObject, writer: Writer = {}): Promise<ObjectRecord> {
    requireObject(object);
    const { signal } = writer;
    const file = await this.#room.takeFile(object.size, writer);
    if (signal?.aborted) this.#giveBack(file);
    signal?.throwIfAborted();
    this.free([object.objectId]);
    const createdAtMs = this.#clock.now();
    const record: ObjectRecord = { ...object, state: 'CREATED', createdAtMs, file, diskPath: undefined };
    this.#table.put(record);
    return record;
  }

  /**
   * Opens a written object to readers.
   * @param path of its record as it was created.
   * @throws {IllegalStateError} when it was freed or made anew meanwhile.
   */
  seal(objectId: string, path: string): void {
    const record = this.#table.get(objectId);
    if (record?.state !== 'CREATED' || record.file?.path !== path) {
      throw new IllegalStateError(
        `Object ${objectId} was freed while it was written: its owner is gone, or another worker makes it again.`,
      );
    }
    this.#publish(record);
    // Whoever had the copy made is about to open it.
    if (!record.isPrimary) this.#table.touch(objectId, this.#clock.now());
    this.#room.relieve();
  }

  /** Gives objects up, in whatever state they are; what is mapped stays readable. Unknown ids are passed over. */
  free(objectIds: readonly string[]): void {
    for (const objectId of objectIds) {
      const record = this.#table.get(objectId);
      if (record === undefined) continue;
      this.#table.remove(objectId);
      if (record.file !== undefined) this.#files.retire(record.file);
      if (record.diskPath !== undefined) this.#removeCopy(record.diskPath);
    }
    this.#room.collect();
    this.#room.notify();
  }

  /** Gives up an object that could not be written, unless it was made anew since. `path`: of its record. */
  discard(objectId: string, path: string): void {
    if (this.#table.get(objectId)?.file?.path === path) this.free([objectId]);
  }

  /** Frees every object that the worker owned: it is gone. */
  releaseOwner(workerId: string): void {
    const owned = [...this.#table].filter(({ ownerWorkerId }) => ownerWorkerId === workerId);
    this.free(owned.map(({ objectId }) => objectId));
  }

  /**
   * Finds a sealed object, and brings it back from disk if it is there.
   * @throws {ObjectStoreFullError} when there is no room to bring it back.
   */
  async locate(objectId: string): Promise<Located> {
    const record = this.#table.get(objectId);
    if (record === undefined) return this.#absent(`does not have object ${objectId}`);
    if (record.state === 'CREATED') return this.#locateUnfinished(record);
    if (record.state === 'SEALED' || record.state === 'SPILLING') {
      this.#table.touch(objectId, this.#clock.now());
      return { kind: 'here', path: record.file!.path };
    }
    const underWay = this.#restores.get(objectId);
    if (underWay !== undefined) return underWay;
    const restore = this.#restore(record).finally(() => this.#restores.delete(objectId));
    this.#restores.set(objectId, restore);
    return restore;
  }

  /**
   * Opens a sealed object for reading, from disk if it is not in memory. The caller closes the descriptor; until then the
   * bytes stay.
   * @throws {IllegalStateError} when the node does not have it.
   * @throws {InternalError} when its copy on disk is damaged.
   */
  async openForReading(objectId: string): Promise<{ readonly fd: number; readonly size: number }> {
    const record = this.#table.get(objectId);
    if (record !== undefined && record.state !== 'CREATED') {
      this.#table.touch(objectId, this.#clock.now());
      const { size, diskPath, file, state } = record;
      const fd = state === 'SEALED' || state === 'SPILLING' ? holdObjectFile(file!.path) : undefined;
      if (fd !== undefined) return { fd, size };
      if (diskPath !== undefined) return { fd: await this.#spillDirectory.open(objectId, diskPath, size), size };
    }
    throw new IllegalStateError(`Node ${this.nodeId} does not have object ${objectId} (any more).`);
  }

  /** Removes every object and file. */
  close(): void {
    clearInterval(this.#collector);
    this.free([...this.#table].map(({ objectId }) => objectId));
    this.#spillDirectory.close();
    const clusterId = this.#options.clusterId();
    if (clusterId) removeSegments(clusterId, this.nodeId);
  }

  #publish(record: ObjectRecord): ObjectFile {
    const file = this.#files.publish(record.file!, record.objectId);
    this.#table.put(moveTo(record, 'SEALED', { file }));
    return file;
  }

  async #restore(spilled: ObjectRecord): Promise<Located> {
    const { objectId, size } = spilled;
    const file = await this.#room.takeFile(size);
    if (!this.#table.isCurrent(spilled)) {
      this.#giveBack(file);
      return this.#absent(`does not have object ${objectId} any more`);
    }
    const restoring = moveTo(spilled, 'RESTORING', { file });
    this.#table.put(restoring);
    try {
      await this.#readBack(restoring);
    } catch (error) {
      return this.#restoreFailed(restoring, error);
    }
    if (!this.#table.isCurrent(restoring)) return this.#absent(`does not have object ${objectId} any more`);
    const { path } = this.#publish(restoring);
    this.#table.touch(objectId, this.#clock.now());
    this.#room.relieve();
    return { kind: 'here', path };
  }

  #restoreFailed(restoring: ObjectRecord, error: unknown): Located {
    const { objectId, file } = restoring;
    const reason = toError(error).message;
    const isFull = error instanceof ObjectStoreFullError;
    if (this.#table.isCurrent(restoring) && isFull) {
      this.#table.put(moveTo(restoring, 'SPILLED', { file: undefined }));
      this.#giveBack(file!);
    }
    if (isFull) throw error;
    this.#options.logger.error({ objectId, reason }, 'a spilled object is lost');
    if (this.#table.isCurrent(restoring)) this.free([objectId]);
    return { kind: 'absent', reason };
  }

  async #readBack({ objectId, diskPath, file, size }: ObjectRecord): Promise<void> {
    const from = await this.#spillDirectory.open(objectId, diskPath!, size);
    const to = holdObjectFile(file!.path);
    try {
      if (to === undefined) return; // freed meanwhile
      let offset = 0;
      for await (const chunk of readChunks(from, size)) {
        await writeFully(to, chunk, offset);
        offset += chunk.byteLength;
      }
    } finally {
      closeSync(from);
      if (to !== undefined) closeSync(to);
    }
  }

  #removeCopy(diskPath: string): void {
    this.#spillDirectory.remove(diskPath).catch((error: unknown) => {
      this.#options.logger.warn({ diskPath, reason: toError(error).message }, 'a spilled object was not removed');
    });
  }

  #giveBack(file: ObjectFile): void {
    this.#files.retire(file);
    this.#room.collect();
  }

  /** A writer that is gone has left its file without a lock: the object may as well come from elsewhere. */
  #locateUnfinished({ objectId, file }: ObjectRecord): Located {
    if (!isObjectFileHeld(file!.path)) return this.#absent(`has an unfinished object ${objectId}`);
    return { kind: 'unfinished', reason: `Object ${objectId} is being written on node ${this.nodeId}.` };
  }

  #collect(): void {
    this.#room.collect();
    const latestMs = this.#clock.now() - ABANDONED_MS;
    const abandoned = [...this.#table].filter(
      ({ state, createdAtMs, file }) => state === 'CREATED' && createdAtMs < latestMs && !isObjectFileHeld(file!.path),
    );
    if (abandoned.length > 0) this.free(abandoned.map(({ objectId }) => objectId));
  }

  #absent(what: string): Located {
    return { kind: 'absent', reason: `Node ${this.nodeId} ${what}.` };
  }
}

function requireObject({ objectId, ownerWorkerId, size }: NewObject): void {
  // Object ids become file names. An item of a stream has its index behind a hyphen.
  if (!/^[0-9a-f]+(-\d+)?$/.test(objectId) || !/^[0-9a-f]+$/.test(ownerWorkerId)) {
    throw new InvalidArgumentError(
      `Ids of objects and workers are hexadecimal, got "${objectId}" of "${ownerWorkerId}".`,
    );
  }
  if (Number.isSafeInteger(size) && size > 0) return;
  throw new InvalidArgumentError(`The size of object ${objectId} must be a positive integer, got ${size}.`);
}
