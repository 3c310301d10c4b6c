import type { ObjectId, RayError } from '../../core/index.js';

/** How a lost result can be had again: by whoever submitted the call that made it. */
export interface Lineage {
  /**
   * Every copy of the result is gone: run the call again, and settle its results by their ids. Returns the
   * error that the object has instead when that can't be (no retries left, the lineage was given up).
   */
  recover(objectId: ObjectId): RayError | undefined;
  /** The result can't be lost any more: it was freed, or came as a value. Called once for each result. */
  forget(objectId: ObjectId): void;
}
