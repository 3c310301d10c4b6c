import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineArgs } from '../../src/llm/config/engine-args.js';
import { createEngineConfig } from '../../src/llm/config/engine-config.js';
import { launchEngine } from '../../src/llm/launch-engine.js';
import type { SchedulerStats } from '../../src/llm/scheduler/scheduler-stats.js';
import { Tokenizer } from '../../src/llm/tokenizer/tokenizer.js';
import { isFlat, memoryGrowth } from './memory-trend.js';
import { randomNumbers } from './random-numbers.js';
import { computeReferences, type Reference } from './reference.js';
import { SoakLoad } from './soak-load.js';
import type { SoakEngine } from './soak-request.js';

const BASE_ARGS: EngineArgs = {
  model: resolve(import.meta.dirname, '../../models/storyteller'),
  maxModelLen: 256,
  distributedExecutorBackend: 'uni',
};
const SAMPLE_MS = 1000;
const REPORT_MS = 10_000;
/** Part of the time, in which code is compiled and caches fill. */
const WARM_UP_SHARE = 0.25;
const DRAIN_MS = 60_000;

/** Both have blocks for two or three sequences out of eight, so that they preempt all the time. */
const ENGINES: readonly Omit<EngineArgs, 'model'>[] = [
  { schedulingPolicy: 'priority', maxNumSeqs: 8, maxNumBatchedTokens: 96, numGpuBlocksOverride: 40 },
  { pipelineParallelSize: 2, maxNumSeqs: 8, maxNumBatchedTokens: 64, numGpuBlocksOverride: 40 },
];

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
}

/** An engine that was started for the soak. */
interface StartedEngine extends SoakEngine {
  shutdown(): Promise<void>;
}

async function launch(args: Omit<EngineArgs, 'model'>): Promise<StartedEngine> {
  const config = await createEngineConfig({ ...BASE_ARGS, ...args });
  const { model } = config;
  const tokenizer = await Tokenizer.load(model.modelPath, model);
  const launched = await launchEngine(config, {});
  const { vocabSize, eosTokenIds } = model;
  launched.client.setVocabulary({ spellings: tokenizer.spellTokens(vocabSize), eosTokenIds });
  return { ...launched, model, tokenizer };
}

async function readReferences(seed: number): Promise<Reference[]> {
  const engine = await launch({ maxNumSeqs: 1, enablePrefixCaching: false });
  try {
    return await computeReferences(engine, seed);
  } finally {
    await engine.shutdown();
  }
}

async function describeState(engines: readonly StartedEngine[], loads: readonly SoakLoad[]): Promise<string> {
  const stats = (await Promise.all(
    engines.map(({ client }) => client.callUtility({ method: 'stats' })),
  )) as SchedulerStats[];
  const sum = (key: keyof SoakLoad['counts']) => loads.reduce((total, { counts }) => total + counts[key], 0);
  const numPreemptions = stats.reduce((total, stat) => total + stat.numPreemptions, 0);
  return (
    `${sum('numFinished')} finished, ${sum('numAborted')} aborted, ${sum('numTokens')} tokens, ` +
    `${sum('numCachedTokens')} prompt tokens cached, ${numPreemptions} preemptions`
  );
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** Keeps the load up for the time; returns the resident memory after the warm-up. */
async function holdLoad(
  engines: readonly StartedEngine[],
  loads: readonly SoakLoad[],
  durationMs: number,
  log: (line: string) => void,
): Promise<number[]> {
  const start = performance.now();
  const samples: number[] = [];
  let nextReport = REPORT_MS;
  for (const load of loads) load.start();
  for (;;) {
    const elapsed = performance.now() - start;
    if (elapsed >= durationMs || loads.some(({ faults }) => faults.length > 0)) break;
    const { rss } = process.memoryUsage();
    if (elapsed >= durationMs * WARM_UP_SHARE) samples.push(rss);
    if (elapsed >= nextReport) {
      nextReport += REPORT_MS;
      log(`${(elapsed / 1000).toFixed(0)} s: ${await describeState(engines, loads)}, ${mib(rss)}`);
    }
    await sleep(SAMPLE_MS);
  }
  return samples;
}

async function drain(loads: readonly SoakLoad[]): Promise<string[]> {
  for (const load of loads) load.stop();
  const deadline = performance.now() + DRAIN_MS;
  while (!loads.every(({ isDrained, faults }) => isDrained || faults.length > 0)) {
    if (performance.now() > deadline) return ['The engines did not finish what they had been given.'];
    await sleep(SAMPLE_MS);
  }
  return [];
}

/** What an idle engine still holds. */
async function leftovers({ client }: StartedEngine): Promise<string[]> {
  const stats = (await client.callUtility({ method: 'stats' })) as SchedulerStats;
  const isIdle = stats.kvCacheUsage === 0 && stats.numRunningRequests + stats.numWaitingRequests === 0;
  return isIdle ? [] : [`An idle engine holds ${JSON.stringify(stats)}.`];
}

function describeReferences(references: readonly Reference[]): string {
  const completions = references.flatMap((reference) => reference.completions);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const numTokens = sum(completions.map(({ tokenIds }) => tokenIds.length));
  const numSure = sum(completions.map((completion) => completion.numSure));
  return `${references.length} requests were computed alone: ${completions.length} completions, ${numSure} sure tokens of ${numTokens}`;
}

/** Runs the soak; true when every output was right, every invariant kept and memory flat. */
export async function runSoak({ minutes, seed }: SoakOptions, log: (line: string) => void): Promise<boolean> {
  process.env['RAY_TS_CHECK_INVARIANTS'] = '1';
  const references = await readReferences(seed);
  log(describeReferences(references));
  const engines = await Promise.all(ENGINES.map(launch));
  const loads = engines.map((engine, index) => new SoakLoad(engine, references, randomNumbers(seed + index + 1)));
  const samples = await holdLoad(engines, loads, minutes * 60_000, log);
  const faults = [...(await drain(loads)), ...loads.flatMap((load) => load.faults)];
  if (faults.length === 0) faults.push(...(await Promise.all(engines.map(leftovers))).flat());
  const growth = samples.length === 0 ? 0 : memoryGrowth(samples);
  if (!isFlat(growth)) faults.push(`Memory grew by ${(growth * 100).toFixed(1)}%.`);
  await Promise.all(engines.map((engine) => engine.shutdown()));
  for (const fault of faults.slice(0, 20)) log(`FAULT ${fault}`);
  log(`${faults.length === 0 ? 'passed' : 'FAILED'}; memory grew by ${(growth * 100).toFixed(1)}%`);
  return faults.length === 0;
}
