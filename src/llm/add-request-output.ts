import type { CompletionOutput, RequestOutput } from './outputs.js';

const joined = <Item>(first: readonly Item[] | undefined, next: readonly Item[] | undefined) =>
  first === undefined || next === undefined ? (next ?? first) : [...first, ...next];

function addCompletion(first: CompletionOutput, next: CompletionOutput): CompletionOutput {
  return {
    ...next,
    text: first.text + next.text,
    tokenIds: [...first.tokenIds, ...next.tokenIds],
    logprobs: joined(first.logprobs, next.logprobs),
  };
}

/**
 * Two outputs that follow each other in a stream, as one (vLLM's `RequestOutput.add`): deltas are joined, otherwise the
 * later completion stands for the earlier one of its index.
 */
export function addRequestOutput(first: RequestOutput, next: RequestOutput, areDeltas: boolean): RequestOutput {
  const completions = new Map(first.outputs.map((completion) => [completion.index, completion]));
  for (const completion of next.outputs) {
    const earlier = completions.get(completion.index);
    completions.set(
      completion.index,
      earlier !== undefined && areDeltas ? addCompletion(earlier, completion) : completion,
    );
  }
  return {
    ...next,
    promptLogprobs: next.promptLogprobs ?? first.promptLogprobs,
    outputs: [...completions.values()].sort((left, right) => left.index - right.index),
  };
}
