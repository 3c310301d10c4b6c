import * as ray from 'ray-ts';
import { collectGarbage } from '../../support/collect-garbage.js';
import { requireContent, type Size } from './content.js';

/** A ref that stays one on its way: inside of something. */
export interface Lent {
  readonly ref: ray.ObjectRef<Float64Array>;
}

/** An actor that keeps refs of others. Whatever it kept is forgotten when it is started again. */
class Borrower {
  readonly #lent = new Map<string, Lent>();

  keep(name: string, lent: Lent): void {
    this.#lent.set(name, lent);
  }

  /** @returns false when it has forgotten the ref. */
  async handTo(other: ray.ActorHandle<Borrower>, name: string): Promise<boolean> {
    const lent = this.#lent.get(name);
    if (lent) await ray.get(other.keep.remote(name, lent));
    return lent !== undefined;
  }

  /** Reads the value of a ref. @returns false when it has forgotten the ref. */
  async check(name: string, size: Size, seed: number): Promise<boolean> {
    const lent = this.#lent.get(name);
    if (lent) requireContent(await ray.get(lent.ref), size, seed);
    return lent !== undefined;
  }

  async forget(name: string): Promise<void> {
    this.#lent.delete(name);
    await collectGarbage();
  }

  /** Of a value that came as an argument. */
  checkArgument(values: Float64Array, size: Size, seed: number): void {
    requireContent(values, size, seed);
  }
}

export type BorrowerHandle = ray.ActorHandle<Borrower>;

/** All of its methods may run again. */
export const RemoteBorrower = ray.remote(Borrower, {
  numCpus: 0.25,
  maxRestarts: -1,
  maxTaskRetries: -1,
  maxConcurrency: 100,
});
