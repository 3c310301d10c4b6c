import type { TensorParallelGroup } from '../../../src/channel/tensor-parallel-group.js';
import type { StageConfig } from '../../../src/llm/config/stage-config.js';
import type { GrammarBitmask, Pass, PromptLogprobsSpec, SampledToken } from '../../../src/llm/step-plan.js';
import { Sampler } from '../sampling/sampler.js';
import { LogitsReader } from './logits-reader.js';
import { PromptReport } from './prompt-report.js';
import { SlotSamplings } from './slot-samplings.js';

/** What the process that answers to the engine core makes of logits. */
export class TokenOutput {
  readonly samplings = new SlotSamplings();
  readonly #logits: LogitsReader;
  readonly #sampler: Sampler;

  /** The group's memory must outlive it. */
  constructor({ model, numSlots }: StageConfig, group: TensorParallelGroup) {
    this.#logits = new LogitsReader(group, model.vocabSize, numSlots);
    this.#sampler = new Sampler(model.vocabSize);
  }

  /** The tokens that follow the pass's sampled rows, whose logits were computed last. */
  sampleRows(pass: Pass, grammarBitmasks: readonly GrammarBitmask[] = []): SampledToken[] {
    const sampledTokens: SampledToken[] = [];
    for (let row = 0; row < pass.numRows; row++) {
      if (pass.sampledRows[row] === 0) continue;
      const slot = pass.firstSlot + row;
      const sampling = this.samplings.require(slot);
      const position = pass.numComputedTokens[row]! + pass.tokensPerRow;
      const bitmask = grammarBitmasks.find((grammar) => grammar.slot === slot)?.bitmask;
      const sampled = this.#sampler.sample(this.#logits.readRow(row), sampling, position, bitmask);
      sampling.sequence?.history.append(sampled.tokenId);
      sampledTokens.push(sampled);
    }
    return sampledTokens;
  }

  startPromptReport(slot: number, spec: PromptLogprobsSpec): PromptReport {
    return new PromptReport(slot, spec, this.#logits);
  }
}
