import type { SamplingParamsInit } from '../../src/llm/sampling-params.js';
import { structuredRequests } from './structured-requests.js';

/** Output tokens of a request at most. */
const MAX_OUTPUT_TOKENS = 60;
const WORDS = ['the', 'fox', 'Once', ' and', 'happy', 'little girl', '.', ','];
const STOPS = ['the', '. ', 'and', '!', 'ed', ' a'];

/** Numbers of one source, in the forms that parameters need. */
class Dice {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }

  /** The parameters in so many of a hundred cases, else none. */
  sometimes(percent: number, params: () => SamplingParamsInit): SamplingParamsInit {
    return this.#random() * 100 < percent ? params() : {};
  }

  some<Item>(items: readonly Item[]): Item[] {
    return Array.from({ length: 1 + this.below(3) }, () => items[this.below(items.length)]!);
  }
}

function randomFilters(dice: Dice): SamplingParamsInit {
  return {
    temperature: dice.between(0.3, 1.8),
    ...dice.sometimes(40, () => ({ topP: dice.between(0.5, 0.99) })),
    ...dice.sometimes(40, () => ({ topK: 1 + dice.below(60) })),
    ...dice.sometimes(30, () => ({ minP: dice.between(0.01, 0.2) })),
    ...dice.sometimes(20, () => ({ n: 2 + dice.below(2) })),
  };
}

function randomConstraints(dice: Dice, vocabSize: number): SamplingParamsInit {
  const tokenId = () => dice.below(vocabSize);
  return {
    ...dice.sometimes(20, () => ({ repetitionPenalty: dice.between(0.9, 1.6) })),
    ...dice.sometimes(20, () => ({ frequencyPenalty: dice.between(-0.5, 2) })),
    ...dice.sometimes(20, () => ({ presencePenalty: dice.between(-0.5, 2) })),
    ...dice.sometimes(20, () => ({ badWords: dice.some(WORDS) })),
    ...dice.sometimes(20, () => ({
      logitBias: new Map([tokenId(), tokenId()].map((id) => [id, dice.between(-9, 9)])),
    })),
    ...dice.sometimes(10, () => ({ allowedTokenIds: Array.from({ length: 300 }, tokenId) })),
  };
}

function randomEnd(dice: Dice, vocabSize: number): SamplingParamsInit {
  return {
    maxTokens: MAX_OUTPUT_TOKENS,
    ignoreEos: dice.below(4) > 0,
    ...dice.sometimes(25, () => ({ stop: dice.some(STOPS), includeStopStrInOutput: dice.below(2) === 0 })),
    ...dice.sometimes(15, () => ({ stopTokenIds: Array.from({ length: 50 }, () => dice.below(vocabSize)) })),
    ...dice.sometimes(25, () => ({ minTokens: dice.below(MAX_OUTPUT_TOKENS / 2) })),
  };
}

/** Constraints could leave no token that the grammar allows, and ends of other kinds would cut the output short. */
function randomStructure(dice: Dice): SamplingParamsInit {
  const { params } = structuredRequests[dice.below(structuredRequests.length)]!;
  return { structuredOutputs: params, maxTokens: MAX_OUTPUT_TOKENS };
}

/** Parameters of any kind, with a seed where they need one, so that the request can be made again. */
export function randomParams(random: () => number, vocabSize: number): SamplingParamsInit {
  const dice = new Dice(random);
  return {
    ...(dice.below(3) === 0 ? { temperature: 0 } : { seed: dice.below(1e6), ...randomFilters(dice) }),
    ...(dice.below(4) === 0
      ? randomStructure(dice)
      : { ...randomConstraints(dice, vocabSize), ...randomEnd(dice, vocabSize) }),
    ...dice.sometimes(20, () => ({ logprobs: dice.below(4) })),
    ...dice.sometimes(20, () => ({ promptLogprobs: dice.below(4) })),
  };
}
