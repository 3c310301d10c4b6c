import { isObjectFileHeld } from '../../../src/channel/index.js';
import { type Clock, Deferred, type Logger, ObjectStoreFullError, sleep, toError } from '../../../src/core/index.js';
import { describeFullStore } from './describe-full-store.js';
import type { ObjectFiles } from './object-files.js';
import { moveTo, type ObjectFile, type ObjectRecord } from './object-record.js';
import type { ObjectTable } from './object-table.js';
import { planRelief, planRoom, type RoomRequest, type RoomState, type Victims } from './plan-room.js';
import type { SpillDirectory } from './spill-directory.js';
import { Turns } from './turns.js';

/** Objects that are written to disk at a time. */
const NUM_SPILLING = 2;
/** Locks are released without a word, so those who wait look again. */
const FIRST_LOOK_MS = 10;
const MAX_LOOK_MS = 500;
/** Who is told where an object lies has locked it after this, or asks again. */
const OPENING_MS = 1_000;

export interface RoomKeeperOptions {
  readonly nodeId: string;
  readonly table: ObjectTable;
  readonly files: ObjectFiles;
  readonly spillDirectory: SpillDirectory;
  /** Bytes. */
  readonly capacity: number;
  /** How long one waits for room while none comes free. */
  readonly patienceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who asks for a file. */
export interface Writer {
  /** Of files that it still maps; default none. */
  readonly warmInodes?: readonly number[] | undefined;
  /** Aborted when it waits no longer. */
  readonly signal?: AbortSignal | undefined;
}

/** Finds room in the node's memory: recycles files, evicts copies, spills objects to disk, and has those wait who come too many. */
export class RoomKeeper {
  readonly #options: RoomKeeperOptions;
  readonly #turns = new Turns(NUM_SPILLING);
  #change = new Deferred<void>();
  #changedAtMs = 0;
  #numSpilling = 0;
  #spillProblem: string | undefined;

  constructor(options: RoomKeeperOptions) {
    this.#options = options;
  }

  /**
   * A file for an object of `size` bytes, to be written.
   * @throws {ObjectStoreFullError} when nothing came free for the patience's time, or the object is too large for ever.
   * @throws the signal's reason when it is aborted meanwhile.
   */
  async takeFile(size: number, { warmInodes = [], signal }: Writer = {}): Promise<ObjectFile> {
    const { clock, patienceMs } = this.#options;
    const startedAtMs = clock.now();
    for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(2 * lookMs, MAX_LOOK_MS)) {
      signal?.throwIfAborted();
      const file = this.#tryTakeFile({ size, warmInodes });
      if (file !== undefined) return file;
      const idleMs = clock.now() - Math.max(startedAtMs, this.#changedAtMs);
      if (this.#numSpilling === 0 && idleMs >= patienceMs) throw this.#full(size);
      await Promise.race([this.#change.promise, sleep(lookMs)]);
    }
  }

  /** Evicts and spills in the background when the store is rather full; to be called after it was filled further. */
  relieve(): void {
    this.#apply(planRelief(this.#state(), this.#isHeld));
  }

  /** Tells those who wait that there may be room. */
  notify(): void {
    this.#changedAtMs = this.#options.clock.now();
    this.#change.resolve();
    this.#change = new Deferred();
  }

  /** Looks whether readers have let go of freed objects; they say nothing when they do. */
  collect(): void {
    if (this.#options.files.collect()) this.notify();
  }

  #tryTakeFile(request: RoomRequest): ObjectFile | undefined {
    const { files } = this.#options;
    for (;;) {
      files.collect();
      const step = planRoom(this.#state(), request, this.#isHeld);
      if (step.kind === 'create') return files.create(request.size);
      if (step.kind === 'reuse') return files.reuse(step.spare);
      if (step.kind === 'never') throw this.#full(request.size);
      if (step.kind === 'drop') files.drop(step.spare);
      if (step.kind === 'evict') this.#apply({ evict: step.records, spill: [] });
      if (step.kind === 'wait') {
        this.#apply({ evict: [], spill: step.spill });
        return undefined;
      }
    }
  }

  readonly #isHeld = ({ objectId, file }: ObjectRecord): boolean => {
    const { clock, table } = this.#options;
    if (clock.now() - table.locatedAtMs(objectId) < OPENING_MS) return true;
    return file !== undefined && isObjectFileHeld(file.path);
  };

  #state(): RoomState {
    const { table, files, capacity } = this.#options;
    const { spares, retiredBytes } = files;
    return { capacity, records: table, objectBytes: table.bytesInMemory, retiredBytes, spares };
  }

  #apply({ evict, spill }: Victims): void {
    for (const record of evict) this.#leaveMemory(record, record.diskPath);
    for (const record of spill) void this.#spill(record);
  }

  /** Gives up the object's memory, and the object with it when it is not on disk. */
  #leaveMemory(record: ObjectRecord, diskPath: string | undefined): void {
    const { table, files } = this.#options;
    if (diskPath === undefined) table.remove(record.objectId);
    else table.put(moveTo(record, 'SPILLED', { file: undefined, diskPath }));
    if (record.file !== undefined) files.retire(record.file);
  }

  async #spill(record: ObjectRecord): Promise<void> {
    const spilling = moveTo(record, 'SPILLING');
    this.#options.table.put(spilling);
    this.#numSpilling++;
    try {
      await this.#turns.run(() => this.#copyToDisk(spilling));
    } catch (error) {
      this.#spillFailed(spilling, error);
    } finally {
      this.#numSpilling--;
    }
  }

  async #copyToDisk(record: ObjectRecord): Promise<void> {
    const { table, spillDirectory } = this.#options;
    const path = record.file!.path;
    if (!table.isCurrent(record)) return;
    const diskPath = await spillDirectory.write(record.objectId, path, record.size);
    this.#spillProblem = undefined;
    if (!table.isCurrent(record)) await spillDirectory.remove(diskPath);
    // Somebody came to read it: its memory would not come free now, but later without another copy.
    else if (this.#isHeld(record)) table.put(moveTo(record, 'SEALED', { diskPath }));
    else this.#leaveMemory(record, diskPath);
    this.notify();
  }

  #spillFailed(record: ObjectRecord, error: unknown): void {
    const { table, logger } = this.#options;
    if (!table.isCurrent(record)) return;
    this.#spillProblem = toError(error).message;
    logger.warn({ objectId: record.objectId, reason: this.#spillProblem }, 'an object could not be spilled');
    table.put(moveTo(record, 'SEALED'));
  }

  #full(size: number): ObjectStoreFullError {
    const { nodeId, capacity } = this.#options;
    const message = describeFullStore(this.#state(), size, nodeId, this.#spillProblem);
    return new ObjectStoreFullError(message, { details: { nodeId, size, capacity } });
  }
}
