import type { ObjectRecord } from './object-record.js';

/** The objects of a node, and what they take. Iterates from the one used longest ago to the one used last. */
export class ObjectTable implements Iterable<ObjectRecord> {
  readonly #records = new Map<string, ObjectRecord>();
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

  /** Adds or replaces the object's record; it counts as used now. */
  put(record: ObjectRecord): void {
    this.remove(record.objectId);
    this.#records.set(record.objectId, record);
    this.#count(record, 1);
  }

  /** Makes the object the one used last. */
  touch(objectId: string): void {
    const record = this.#records.get(objectId);
    if (record !== undefined) this.put(record);
  }

  remove(objectId: string): void {
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
