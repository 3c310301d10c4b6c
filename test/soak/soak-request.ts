import { childRequests } from '../../src/llm/child-requests.js';
import type { ModelConfig } from '../../src/llm/config/model-config.js';
import type { EngineClient } from '../../src/llm/engine/engine-client.js';
import type { RequestOutput } from '../../src/llm/outputs.js';
import { RequestOutputBuilder } from '../../src/llm/request-output-builder.js';
import { requestSampling } from '../../src/llm/request-sampling.js';
import { type RequestCallbacks, RunningRequest } from '../../src/llm/running-request.js';
import type { SamplingParams } from '../../src/llm/sampling-params.js';
import { grammarSpecOf } from '../../src/llm/structured-output/grammar-spec.js';
import type { Tokenizer } from '../../src/llm/tokenizer/tokenizer.js';

/** What requests are made of and sent to; the client has the tokenizer's vocabulary. */
export interface SoakEngine {
  readonly client: EngineClient;
  readonly tokenizer: Tokenizer;
  readonly model: ModelConfig;
}

export interface SoakRequest {
  readonly requestId: string;
  readonly promptTokenIds: readonly number[];
  readonly params: SamplingParams;
  readonly priority?: number;
  readonly cacheSalt?: string | undefined;
}

/** Starts a request as the engine's front end does; its only output is the last one. */
export function startRequest(
  { client, tokenizer, model }: SoakEngine,
  { requestId, promptTokenIds, params, priority = 0, cacheSalt }: SoakRequest,
  callbacks: RequestCallbacks,
): RunningRequest {
  const { vocabSize, maxModelLen } = model;
  const maxOutputTokens = maxModelLen - promptTokenIds.length;
  const sampling = requestSampling(params, { maxOutputTokens, vocabSize, tokenizer });
  const grammar = params.structuredOutputs && grammarSpecOf(params.structuredOutputs);
  const parent = { requestId, promptTokenIds, sampling, grammar, priority, cacheSalt, arrivalTime: performance.now() };
  const prompt = { prompt: undefined, promptTokenIds, cacheSalt };
  const builder = new RequestOutputBuilder(requestId, prompt, params, tokenizer);
  const running = new RunningRequest(
    childRequests(parent, params.n),
    { builder, kind: 'final-only', callbacks },
    { client, observer: undefined, onEnd: () => undefined },
  );
  running.start();
  return running;
}

/** Rejects when the engine fails. */
export function runRequest(engine: SoakEngine, request: SoakRequest): Promise<RequestOutput> {
  return new Promise((resolve, reject) => {
    startRequest(engine, request, { onOutput: resolve, onError: reject });
  });
}
