/**
 * The LLM engine: loads a Hugging Face model folder over tensor-parallel and pipeline-parallel ranks and generates text.
 *
 *     import { LLM, SamplingParams } from 'ray-ts/llm';
 *
 *     await using llm = await LLM.create({ model: 'models/storyteller', tensorParallelSize: 2 });
 *     const params = new SamplingParams({ temperature: 0, maxTokens: 128 });
 *     const outputs = await llm.chat([{ role: 'user', content: 'Tell me a story about a fox.' }], params, {
 *       onText: (text) => process.stdout.write(text),
 *     });
 */
export {
  EngineDeadError,
  InvalidArgumentError,
  ModelLoadError,
  PlacementGroupInfeasibleError,
  RankFailedError,
  RayError,
  RequestRejectedError,
} from '../core/index.js';
export { type AsyncGenerateOptions, AsyncLLM } from './async-llm.js';
export type { OutputDelta } from './completion-builder.js';
export type { EngineArgs } from './config/engine-args.js';
export { EngineControls } from './engine-controls.js';
export type { LoadProgress } from './executor/executor-launcher.js';
export type { RankWorker, WorkerDescription } from './executor/rank-worker.js';
export { type ChatOptions, type GenerateOptions, LLM, type LLMOptions, type StreamingCallbacks } from './llm.js';
export { type AddRequestOptions, type CollectiveRpcOptions, LLMEngine } from './llm-engine.js';
export type { CounterMetric, GaugeMetric, HistogramMetric, Metric } from './metrics/metric.js';
export type { RequestMetrics } from './metrics/request-times.js';
export type { CompletionOutput, Logprob, OutputKind, RequestOutput, TokenLogprobMap } from './outputs.js';
export type { PromptInput } from './prompt.js';
export type { RequestCallbacks } from './running-request.js';
export { SamplingParams, type SamplingParamsInit } from './sampling-params.js';
export type { FinishReason } from './scheduler/request-status.js';
export type { ChatMessage, ChatTemplateOptions } from './tokenizer/chat-template.js';
export { Tokenizer } from './tokenizer/tokenizer.js';
