import type { ObjectRecord } from './object-record.js';

/** The objects of a node, and what they take. Iterates from the one used longest ago to the one used last. */
export class ObjectTable implements Iterable<ObjectRecord> {
  readonly #records = new Map<string, ObjectRecord>();
  /** When somebody was told where the object lies, by the store's clock. */
  readonly #locatedAtMs = new Map<string, number>();
  #bytesInMemory = 0;
  #bytesOnDisk = 0;

  /** Of their files in /dev/shm. */
  get bytesInMemory(): number {
    return this.#bytesInMemory;
  }

  /** Of the objects that are on disk, those among them that are in memory too included. */
  get bytesOnDisk(): number {
    return this.#bytesOnDisk;
  }

  get(objectId: string): ObjectRecord | undefined {
    return this.#records.get(objectId);
  }

  /** True until the object is freed or its record replaced: what was begun with this record may go on. */
  isCurrent(record: ObjectRecord): boolean {
    return this.#records.get(record.objectId) === record;
  }

  /** Adds or replaces the object's record; it becomes the one used last. */
  put(record: ObjectRecord): void {
    this.#take(record.objectId);
    this.#records.set(record.objectId, record);
    this.#count(record, 1);
  }

  /** Notes that somebody is about to open the object; it becomes the one used last. */
  touch(objectId: string, nowMs: number): void {
    const record = this.#records.get(objectId);
    if (record === undefined) return;
    this.put(record);
    this.#locatedAtMs.set(objectId, nowMs);
  }

  /** When {@link touch} was called last; -Infinity for never. */
  locatedAtMs(objectId: string): number {
    return this.#locatedAtMs.get(objectId) ?? Number.NEGATIVE_INFINITY;
  }

  remove(objectId: string): void {
    this.#take(objectId);
    this.#locatedAtMs.delete(objectId);
  }

  #take(objectId: string): void {
    const record = this.#records.get(objectId);
    if (record === undefined) return;
    this.#records.delete(objectId);
    this.#count(record, -1);
  }

  [Symbol.iterator](): Iterator<ObjectRecord> {
    return this.#records.values();
  }

  #count({ file, diskPath, size }: ObjectRecord, sign: 1 | -1): void {
    this.#bytesInMemory += sign * (file?.byteLength ?? 0);
    this.#bytesOnDisk += diskPath === undefined ? 0 : sign * size;
  }
}
