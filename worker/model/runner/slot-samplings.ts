import { invariant } from '../../../src/core/index.js';
import type { SlotMove, SlotSampling } from '../../../src/llm/step-plan.js';
import type { SequenceSampling } from '../sampling/sampler.js';
import { TokenHistory } from '../sampling/token-history.js';

/** How the sequence in each slot is sampled: given once when it enters, and moved with it. */
export class SlotSamplings {
  readonly #bySlot = new Map<number, SequenceSampling>();

  set(sampling: SlotSampling): void {
    const { slot, constraints } = sampling;
    const sequence = constraints && { constraints, history: new TokenHistory(constraints) };
    this.#bySlot.set(slot, { sampling, sequence });
  }

  /** Slot `from` keeps its entry until another sequence enters it, so a plan may also copy a prefix. */
  move({ from, to }: SlotMove): void {
    const entry = this.#bySlot.get(from);
    if (entry !== undefined) this.#bySlot.set(to, { ...entry, sampling: { ...entry.sampling, slot: to } });
  }

  /** @throws {InternalError} when no plan said how the slot is sampled. */
  require(slot: number): SequenceSampling {
    const entry = this.#bySlot.get(slot);
    invariant(entry !== undefined, `slot ${slot} has sampling parameters`);
    return entry;
  }
}
