/**
 * The one thread of a worker that computes. It loads the stage and then blocks: on its control ring, on its neighbours, on
 * ONNX Runtime. The process's main thread stays free for calls, heartbeats and the agent.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  attachRingReader,
  attachRingWriter,
  joinTensorParallelGroup,
  type TensorParallelGroup,
} from '../../src/channel/index.js';
import { invariant, toError } from '../../src/core/index.js';
import { type ErrorRecord, toErrorRecord } from '../../src/llm/engine/error-record.js';
import type { WorkerConfig } from '../../src/llm/executor/worker-config.js';
import { watchedGroup, watchedReader, watchedWriter } from './compute-progress.js';
import { pinThread } from './ort/index.js';
import { LocalTensorParallelGroup, StageRunner, tensorParallelLayout } from './runner/index.js';
import { runStepLoop, type StepChannels } from './step-loop.js';
import { RandomWeightSource } from './weights/index.js';

export interface ComputeThreadData {
  readonly config: WorkerConfig;
  /** int32 [1]: raised to end the thread's waits. */
  readonly abortFlag: Int32Array;
  /** From {@link createProgressWords}. */
  readonly progressWords: Int32Array;
}

export type ComputeThreadMessage =
  | { readonly kind: 'progress'; readonly fraction: number; readonly what: string }
  | { readonly kind: 'loaded' }
  /** The control ring was closed. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: ErrorRecord };

async function main(port: MessagePort, { config, abortFlag, progressWords }: ComputeThreadData): Promise<void> {
  const post = (message: ComputeThreadMessage): void => port.postMessage(message);
  const isAborted = (): boolean => Atomics.load(abortFlag, 0) === 1;
  try {
    if (config.pinnedCores) pinThread(config.pinnedCores);
    const group = joinGroup(config, isAborted, progressWords);
    const channels = attachChannels(config, progressWords);
    const { stage, randomWeightsSeed: seed } = config;
    const weights = seed === undefined ? undefined : new RandomWeightSource(seed);
    const onProgress = (fraction: number, what: string): void => post({ kind: 'progress', fraction, what });
    const startMs = performance.now();
    const runner = await StageRunner.load(stage, group, onProgress, weights);
    log(config, `loaded its part of ${stage.model.modelPath} in ${(performance.now() - startMs).toFixed(0)} ms`);
    post({ kind: 'loaded' });
    runStepLoop(runner, channels, stage.model.hiddenSize, { isAborted });
    runner.close();
    post({ kind: 'ended' });
  } catch (error) {
    log(config, toError(error).stack ?? String(error));
    post({ kind: 'failed', error: toErrorRecord(error) });
  }
}

/** The process's log, whose last lines its driver is shown when the rank dies. */
function log({ rank, stage }: WorkerConfig, text: string): void {
  const { firstLayer, endLayer } = stage.layers;
  process.stderr.write(`rank ${rank} (stage ${stage.stage}, layers ${firstLayer}-${endLayer - 1}): ${text}\n`);
}

function joinGroup(
  { stage, channels, spinMicroseconds }: WorkerConfig,
  isAborted: () => boolean,
  words: Int32Array,
): TensorParallelGroup {
  const layout = tensorParallelLayout(stage);
  if (!channels.group) return new LocalTensorParallelGroup(layout);
  const { path, links } = channels.group;
  return watchedGroup(joinTensorParallelGroup(path, layout, links, { spinMicroseconds, isAborted }), words);
}

function attachChannels({ channels, spinMicroseconds }: WorkerConfig, words: Int32Array): StepChannels {
  const { controlPath, inputPath, outputPath } = channels;
  const reader = (path: string, phase: 'idle' | 'waiting') =>
    watchedReader(attachRingReader(path, { spinMicroseconds }), words, phase);
  const writer = (path: string) => watchedWriter(attachRingWriter(path, { spinMicroseconds }), words);
  return {
    control: reader(controlPath, 'idle'),
    input: inputPath === undefined ? undefined : reader(inputPath, 'waiting'),
    output: outputPath === undefined ? undefined : writer(outputPath),
  };
}

invariant(parentPort !== null, 'the compute thread is started as a thread');
await main(parentPort, workerData as ComputeThreadData);
