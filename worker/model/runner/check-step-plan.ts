import { invariant } from '../../../src/core/index.js';
import type { StageConfig } from '../../../src/llm/config/stage-config.js';
import type { GrammarBitmask, Pass, SlotMove, SlotTrim, StepPlan } from '../../../src/llm/step-plan.js';
import { numTokensOf } from './pass-shape.js';

const isSlot = (slot: number, { numSlots }: StageConfig): boolean =>
  Number.isInteger(slot) && slot >= 0 && slot < numSlots;

function checkMove(move: SlotMove, config: StageConfig, where: string): void {
  const { from, to, numTokens } = move;
  invariant(
    isSlot(from, config) &&
      isSlot(to, config) &&
      from !== to &&
      numTokens >= 0 &&
      numTokens <= config.model.maxModelLen,
    `${where} moves ${numTokens} tokens from slot ${from} to slot ${to} of ${config.numSlots}`,
  );
}

function checkTrim({ slot, numTokens }: SlotTrim, config: StageConfig, where: string): void {
  invariant(
    isSlot(slot, config) && numTokens >= 0,
    `${where} trims slot ${slot} of ${config.numSlots} to ${numTokens} tokens`,
  );
}

function checkDims(pass: Pass, config: StageConfig, where: string): void {
  const { firstSlot, numRows, tokensPerRow } = pass;
  invariant(
    numRows >= 1 && tokensPerRow >= 1 && isSlot(firstSlot, config) && firstSlot + numRows <= config.numSlots,
    `${where} has ${numRows} rows of ${tokensPerRow} tokens from slot ${firstSlot} of ${config.numSlots} on`,
  );
  invariant(
    (numRows === 1 || tokensPerRow === 1) && numTokensOf(pass) <= config.maxNumBatchedTokens,
    `${where} is neither a chunk nor a decode batch of at most ${config.maxNumBatchedTokens} tokens`,
  );
  invariant(
    pass.tokenIds.length === numTokensOf(pass) &&
      pass.numComputedTokens.length === numRows &&
      pass.sampledRows.length === numRows,
    `${where} has arrays of other lengths than its rows and tokens`,
  );
}

function checkValues(pass: Pass, { model }: StageConfig, where: string): void {
  const { vocabSize, maxModelLen } = model;
  const wrongToken = pass.tokenIds.find((tokenId) => tokenId < 0 || tokenId >= vocabSize);
  invariant(wrongToken === undefined, `${where} has token ${wrongToken} outside the vocabulary of ${vocabSize}`);
  const wrongLength = pass.numComputedTokens.find((length) => length < 0 || length + pass.tokensPerRow > maxModelLen);
  invariant(wrongLength === undefined, `${where} adds to ${wrongLength} tokens of at most ${maxModelLen}`);
}

function checkPromptLogprobs(
  { promptLogprobs, numRows, tokensPerRow }: Pass,
  { model }: StageConfig,
  where: string,
): void {
  if (promptLogprobs === undefined) return;
  const { firstToken, targetTokenIds, numLogprobs } = promptLogprobs;
  invariant(
    numRows === 1 && firstToken >= 0 && firstToken + targetTokenIds.length <= tokensPerRow,
    `${where} reports on ${targetTokenIds.length} tokens from its token ${firstToken} on`,
  );
  invariant(
    numLogprobs >= 0 &&
      numLogprobs <= model.vocabSize &&
      targetTokenIds.every((tokenId) => tokenId >= 0 && tokenId < model.vocabSize),
    `${where} reports on tokens and numbers of tokens outside the vocabulary of ${model.vocabSize}`,
  );
}

function checkBitmask({ slot, bitmask }: GrammarBitmask, config: StageConfig, where: string): void {
  invariant(
    isSlot(slot, config) && bitmask.length === Math.ceil(config.model.vocabSize / 32),
    `${where} has a bitmask of ${bitmask.length} words for slot ${slot} of ${config.numSlots}`,
  );
}

function checkHiddenStates(
  plan: StepPlan,
  hiddenStates: readonly Float32Array[] | undefined,
  config: StageConfig,
): void {
  const where = `step ${plan.stepId} at stage ${config.stage}`;
  if (config.stage === 0) {
    invariant(hiddenStates === undefined, `${where} starts from token ids, not hidden states`);
    return;
  }
  invariant(hiddenStates?.length === plan.passes.length, `${where} has hidden states for every pass`);
  for (const [index, pass] of plan.passes.entries()) {
    const expected = numTokensOf(pass) * config.model.hiddenSize;
    const actual = hiddenStates[index]!.length;
    invariant(actual === expected, `${where} has ${actual} hidden values for pass ${index}, not ${expected}`);
  }
}

/**
 * Refuses a plan that would read or write outside the rank's memory: the graphs themselves don't check. All ranks of a
 * stage find the same, before any of them waits for another.
 * @throws {InternalError} naming step and pass.
 */
export function checkStepPlan(
  plan: StepPlan,
  hiddenStates: readonly Float32Array[] | undefined,
  config: StageConfig,
): void {
  for (const move of plan.slotMoves) checkMove(move, config, `step ${plan.stepId}`);
  for (const trim of plan.slotTrims) checkTrim(trim, config, `step ${plan.stepId}`);
  for (const { slot } of plan.slotSamplings) {
    invariant(isSlot(slot, config), `step ${plan.stepId} samples slot ${slot} of ${config.numSlots}`);
  }
  for (const [index, pass] of plan.passes.entries()) {
    const where = `pass ${index} of step ${plan.stepId}`;
    checkDims(pass, config, where);
    checkValues(pass, config, where);
    checkPromptLogprobs(pass, config, where);
  }
  for (const bitmask of plan.grammarBitmasks ?? []) checkBitmask(bitmask, config, `step ${plan.stepId}`);
  checkHiddenStates(plan, hiddenStates, config);
}
