import { createHash } from 'node:crypto';
import { InvalidArgumentError } from '../../../core/index.js';
import type { EngineConfig } from '../engine-config.js';
import type { ModelConfig } from '../model-config.js';
import type { ParallelConfig } from '../parallel-config.js';

type FieldValue = string | number | boolean | null | readonly number[];

/** What all ranks have to agree on, as one number and, to say where they don't, as the fields that it is made of. */
export interface ConfigHash {
  /** SHA-256 of the fields as JSON with sorted keys, in hex. */
  readonly hash: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

function parallelFields(parallel: ParallelConfig): Record<string, FieldValue> {
  const { windowSize, stepInterval, numRedundantExperts, logBalancedness, useAsync } = parallel.eplbConfig;
  return {
    tensorParallelSize: parallel.tensorParallelSize,
    pipelineParallelSize: parallel.pipelineParallelSize,
    prefillContextParallelSize: parallel.prefillContextParallelSize,
    decodeContextParallelSize: parallel.decodeContextParallelSize,
    cpKvCacheInterleaveSize: parallel.cpKvCacheInterleaveSize,
    dataParallelSize: parallel.dataParallelSize,
    layersOfStages: parallel.stageLayers.map(({ firstLayer, endLayer }) => endLayer - firstLayer),
    enableExpertParallel: parallel.enableExpertParallel,
    expertPlacementStrategy: parallel.expertPlacementStrategy,
    all2allBackend: parallel.all2allBackend,
    enableEplb: parallel.enableEplb,
    'eplbConfig.windowSize': windowSize,
    'eplbConfig.stepInterval': stepInterval,
    'eplbConfig.numRedundantExperts': numRedundantExperts,
    'eplbConfig.logBalancedness': logBalancedness,
    'eplbConfig.useAsync': useAsync,
    enableDbo: parallel.enableDbo,
    dboDecodeTokenThreshold: parallel.dboDecodeTokenThreshold,
    dboPrefillTokenThreshold: parallel.dboPrefillTokenThreshold,
    disableCustomAllReduce: parallel.disableCustomAllReduce,
  };
}

function modelFields(model: ModelConfig): Record<string, FieldValue> {
  return {
    architecture: model.architecture,
    vocabSize: model.vocabSize,
    hiddenSize: model.hiddenSize,
    intermediateSize: model.intermediateSize,
    numHiddenLayers: model.numHiddenLayers,
    numAttentionHeads: model.numAttentionHeads,
    numKeyValueHeads: model.numKeyValueHeads,
    headDim: model.headDim,
    numExperts: model.experts?.numExperts ?? 0,
    numExpertsPerToken: model.experts?.numExpertsPerToken ?? 0,
    quantization: model.quantization ?? null,
    maxModelLen: model.maxModelLen,
  };
}

/**
 * The hash of what ranks must have in common, lest their collectives never meet or carry other shapes: vLLM's fields, whose
 * values are the same on every rank, and the model's shape. Addresses, ports, ranks and the backend are left out.
 */
export function parallelConfigHash(
  config: Pick<EngineConfig, 'args' | 'model' | 'parallel' | 'scheduler'>,
): ConfigHash {
  const fields = {
    ...parallelFields(config.parallel),
    ...modelFields(config.model),
    maxNumBatchedTokens: config.args.maxNumBatchedTokens,
    numSlots: config.scheduler.numLanes * config.scheduler.slotsPerLane,
  };
  const sorted = Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1));
  return { hash: createHash('sha256').update(JSON.stringify(sorted)).digest('hex'), fields };
}

/** The ranks of each hash, the most common hash first; of equally common ones, that of the lowest rank. */
function ranksByHash(hashes: ReadonlyMap<number, ConfigHash>): number[][] {
  const groups = new Map<string, number[]>();
  for (const [rank, { hash }] of [...hashes].sort(([left], [right]) => left - right)) {
    groups.set(hash, [...(groups.get(hash) ?? []), rank]);
  }
  return [...groups.values()].sort((left, right) => right.length - left.length);
}

function describeDifferences(expected: ConfigHash, actual: ConfigHash): string {
  const names = [...new Set([...Object.keys(expected.fields), ...Object.keys(actual.fields)])];
  const show = ({ fields }: ConfigHash, name: string) => JSON.stringify(fields[name]) ?? 'nothing';
  const differing = names.filter((name) => show(expected, name) !== show(actual, name));
  return differing.map((name) => `${name} is ${show(actual, name)} instead of ${show(expected, name)}`).join(', ');
}

/**
 * Compares the hashes of all ranks before their first collective.
 * @param hashes by rank.
 * @throws {InvalidArgumentError} naming the ranks that differ from most others, and in which fields.
 */
export function compareConfigHashes(hashes: ReadonlyMap<number, ConfigHash>): void {
  const [most, ...others] = ranksByHash(hashes);
  if (most === undefined || others.length === 0) return;
  const expected = hashes.get(most[0]!)!;
  const faults = others.map(
    (ranks) => `rank ${ranks.join(', ')}: ${describeDifferences(expected, hashes.get(ranks[0]!)!)}`,
  );
  throw new InvalidArgumentError(
    `Configuration mismatch detected: all ranks must have identical configurations for parameters that affect collective communication. Unlike rank ${most.join(', ')}, ${faults.join('; ')}. Start every rank with the same arguments, model and version.`,
  );
}
