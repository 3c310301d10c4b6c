import type { ObjectLocation, StoredObject, Value } from '../../rpc/index.js';

/** What came of opening a stored object. */
export type OpenOutcome =
  | {
      readonly kind: 'opened';
      /**
       * Its segments are views of memory that no other process can change. Who has a store on its host writes to private
       * pages, so that changing an array harms nobody; the memory goes back when the last view is collected.
       */
      readonly value: Value;
      /** Where a copy of the object came to lie by opening it: tell its owner. */
      readonly copiedTo: ObjectLocation | undefined;
      /** Locations that did not have it any more, or could not be reached: tell its owner. */
      readonly lost: readonly ObjectLocation[];
    }
  /** None of the locations has it; its owner may know others, or make it again. */
  | {
      readonly kind: 'lost';
      readonly lost: readonly ObjectLocation[];
      /** Why, for people: a sentence for each location. */
      readonly reason: string;
    };

/**
 * A process's way to the object stores of the cluster: to that of its own host by mapped files, and where the host has
 * none (a driver on another machine) to the store of some node by messages. Callers can't tell.
 */
export interface ObjectStoreClient {
  /**
   * Stores an encoded value of any size; resolves once others can open it. The caller's segments are read until then and
   * must not change, and the references inside the value become those of the stored object. An object of that id on the
   * same node is replaced (a task that ran again).
   * @throws {ObjectStoreFullError} when no room came free in time.
   */
  put(objectId: string, ownerWorkerId: string, value: Value): Promise<StoredObject>;
  /**
   * Opens a stored object wherever it lies, bringing it to this host's store first. Values of one object opened twice
   * share nothing that can be written to.
   * @throws {ObjectStoreFullError} when this host's store has no room for the copy.
   */
  open(objectId: string, ownerWorkerId: string, stored: StoredObject): Promise<OpenOutcome>;
  /** Has copies freed; what is mapped stays readable. Never fails: a node that can't be reached has lost its copies. */
  free(locations: readonly ObjectLocation[], objectIds: readonly string[]): Promise<void>;
  /** Lets go of connections and cached memory; opened values stay valid. */
  close(): void;
}
