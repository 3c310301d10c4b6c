import { readFileSync } from 'node:fs';
import { cpus, homedir } from 'node:os';
import { createLogger, toError } from '../../../src/core/index.js';
import { type CompilationLevel, DEFAULT_COMPILATION_LEVEL } from '../../../src/llm/config/compilation-config.js';
import { MAX_INLINE_BYTES, type OnnxModel, reattachWeights } from '../onnx/index.js';
import {
  type ExecutionProvider,
  type GraphOptimization,
  type OrtEnvironment,
  optimizeGraph,
  type SessionModel,
} from '../ort/index.js';
import { GraphCache } from './graph-cache.js';
import { graphCacheFolder } from './graph-cache-folder.js';
import { graphKey } from './graph-key.js';

const optimizations: Readonly<Record<CompilationLevel, GraphOptimization>> = {
  0: 'none',
  1: 'basic',
  2: 'extended',
  3: 'all',
};

const logger = createLogger('compilation');

/** The processor's model and, where the system tells them, its instruction sets. */
function describeCpu(): string {
  const model = cpus()[0]?.model ?? '';
  try {
    const flags = /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
    return `${model} ${flags?.[0] ?? ''}`;
  } catch {
    return model; // not Linux
  }
}

/** Undefined when the graph can't be loaded with other weights, or ONNX Runtime can't save it. */
function optimize(environment: OrtEnvironment, model: OnnxModel): Uint8Array | undefined {
  try {
    return reattachWeights(optimizeGraph(environment, model, MAX_INLINE_BYTES + 1), model);
  } catch (error) {
    logger.warn({ reason: toError(error).message }, 'a graph could not be optimized ahead: every start optimizes it');
    return undefined;
  }
}

/** The model with the kept graph in place of its own; what is not kept yet is optimized and kept. */
function takeFromCache(environment: OrtEnvironment, model: OnnxModel): SessionModel {
  const cache = new GraphCache(graphCacheFolder(process.env, homedir()), logger);
  const identity = { ortVersion: environment.api.version, arch: process.arch, cpu: describeCpu() };
  const key = graphKey(model.bytes, identity);
  const kept = cache.read(key);
  if (kept !== undefined) return { ...model, bytes: kept, optimization: 'none' };
  const optimized = optimize(environment, model);
  if (optimized === undefined) return { ...model, optimization: 'all' };
  cache.write(key, optimized);
  return { ...model, bytes: optimized, optimization: 'none' };
}

/**
 * Prepares a graph for a session at a level of optimization. On a device nothing is kept at level 3: what ONNX Runtime
 * saves would hold the copies between host and device.
 */
export function compileModel(
  environment: OrtEnvironment,
  model: OnnxModel,
  provider: ExecutionProvider,
  level: CompilationLevel = DEFAULT_COMPILATION_LEVEL,
): SessionModel {
  if (level === 3 && provider === 'cpu') return takeFromCache(environment, model);
  return { ...model, optimization: optimizations[level] };
}
