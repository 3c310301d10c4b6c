import type { CompletionOutput, RequestOutput } from '../../src/llm/outputs.js';
import type { Reference, ReferenceCompletion } from './reference.js';
import { isMalformed } from './structured-requests.js';

const LOGPROB_TOLERANCE = 1e-3;

function isSameCompletion(actual: CompletionOutput, expected: ReferenceCompletion, maxTokens: number): boolean {
  const { tokenIds, numSure } = expected;
  const sure = tokenIds.slice(0, Math.min(maxTokens, numSure));
  if (actual.tokenIds.slice(0, sure.length).join() !== sure.join()) return false;
  if (numSure < Math.min(maxTokens, tokenIds.length)) return true;
  if (maxTokens < tokenIds.length) return actual.tokenIds.length === maxTokens && actual.finishReason === 'length';
  return (['text', 'finishReason', 'stopReason'] as const).every((key) => actual[key] === expected[key]);
}

function isSamePrompt({ promptLogprobs, promptTokenIds }: RequestOutput, expected: readonly number[]): boolean {
  if (promptLogprobs?.length !== promptTokenIds.length) return false;
  return expected.every((logprob, index) => {
    const reported = promptLogprobs[index + 1]!.get(promptTokenIds[index + 1]!);
    return reported !== undefined && Math.abs(reported.logprob - logprob) < LOGPROB_TOLERANCE;
  });
}

/** A sentence for everything in which an output with so many tokens at most differs from its reference. */
export function outputFaults(output: RequestOutput, reference: Reference, maxTokens: number): string[] {
  const { init, completions, promptLogprobs } = reference;
  const request = `${output.requestId} with ${JSON.stringify({ ...init, maxTokens, logitBias: undefined })}`;
  const { structuredOutputs } = init;
  const malformed = output.outputs.filter(
    ({ text, finishReason }) => finishReason === 'stop' && structuredOutputs && isMalformed(text, structuredOutputs),
  );
  const malformedFaults = malformed.map(({ text }) => `${request} gave ${JSON.stringify(text)}, which is malformed.`);
  const differences = completions.flatMap((expected, index) => {
    const actual = output.outputs[index]!;
    if (isSameCompletion(actual, expected, maxTokens)) return [];
    return [`${request} gave ${JSON.stringify(actual)}, alone it gives ${JSON.stringify(expected)}.`];
  });
  const faults = [...malformedFaults, ...differences];
  if (promptLogprobs === undefined || isSamePrompt(output, promptLogprobs)) return faults;
  return [...faults, `${request} reports other log-probabilities of its prompt than alone.`];
}
