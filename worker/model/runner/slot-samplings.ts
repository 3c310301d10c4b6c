import { invariant } from '../../../src/core/index.js';
import type { SlotMove, SlotSampling } from '../../../src/llm/step-plan.js';

/** How the sequence in each slot is sampled: given once when it enters, and moved with it. */
export class SlotSamplings {
  readonly #bySlot = new Map<number, SlotSampling>();

  set(sampling: SlotSampling): void {
    this.#bySlot.set(sampling.slot, sampling);
  }

  /** Slot `from` keeps its entry until another sequence enters it, so a plan may also copy a prefix. */
  move({ from, to }: SlotMove): void {
    const sampling = this.#bySlot.get(from);
    if (sampling !== undefined) this.#bySlot.set(to, { ...sampling, slot: to });
  }

  /** @throws {InternalError} when no plan said how the slot is sampled. */
  require(slot: number): SlotSampling {
    const sampling = this.#bySlot.get(slot);
    invariant(sampling !== undefined, `slot ${slot} has sampling parameters`);
    return sampling;
  }
}
