import type { EngineCoreClient } from '../../src/llm/engine/engine-core-client.js';
import type {
  EngineCoreOutput,
  EngineCoreRequest,
  RequestSampling,
  TokenLogprobs,
} from '../../src/llm/engine/engine-core-request.js';
import { requestSampling } from '../../src/llm/request-sampling.js';
import { SamplingParams } from '../../src/llm/sampling-params.js';

/** A greedy request that ends only with its length, unless `sampling` says otherwise. */
export function soakRequest(
  requestId: string,
  promptTokenIds: readonly number[],
  sampling: Partial<RequestSampling>,
): EngineCoreRequest {
  const params = new SamplingParams({ temperature: 0, ignoreEos: true });
  const context = { maxOutputTokens: 1, vocabSize: 0, tokenizer: { encode: () => [] } };
  return {
    requestId,
    promptTokenIds,
    sampling: { ...requestSampling(params, context), ...sampling },
    priority: 0,
    cacheSalt: undefined,
    arrivalTime: performance.now(),
  };
}

export interface RequestResult {
  readonly newTokenIds: readonly number[];
  readonly newLogprobs: readonly TokenLogprobs[];
  readonly numCachedTokens: number;
}

/**
 * Sends a request and resolves with all that comes of it; never, when `onOutput` aborts it. Rejects when the engine fails.
 * @param onOutput sees every output as it comes.
 */
export function runRequest(
  client: EngineCoreClient,
  request: EngineCoreRequest,
  onOutput: (output: EngineCoreOutput) => void = () => undefined,
): Promise<RequestResult> {
  return new Promise((resolve, reject) => {
    const outputs: EngineCoreOutput[] = [];
    client.addRequest(request, {
      onOutput: (output) => {
        outputs.push(output);
        if (output.finishReason !== undefined) {
          resolve({
            newTokenIds: outputs.flatMap(({ newTokenIds }) => newTokenIds),
            newLogprobs: outputs.flatMap(({ newLogprobs }) => newLogprobs),
            numCachedTokens: outputs[0]!.numCachedTokens ?? 0,
          });
        }
        onOutput(output);
      },
      onError: reject,
    });
  });
}
