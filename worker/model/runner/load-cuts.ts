import { type Cut, requireArchitecture, type StageShard } from '../graphs/index.js';
import { type ExecutionProvider, type OrtEnvironment, Session, type SessionArena } from '../ort/index.js';
import type { WeightSource } from '../weights/index.js';
import type { LoadedCut } from './pass-binding.js';
import { StagedWeights } from './staged-weights.js';

/** What the loading of cuts takes from the process. */
export interface LoadCutsOptions {
  readonly environment: OrtEnvironment;
  readonly provider: ExecutionProvider;
  readonly weights: WeightSource;
  /** Awaited after each layer that was read. */
  readonly afterLayer: () => Promise<void>;
}

function loadCut(environment: OrtEnvironment, cut: Cut, arena: SessionArena, provider: ExecutionProvider): LoadedCut {
  const { name, runsIn, inputs, outputs, model } = cut;
  return { name, runsIn, inputs, outputs, provider, session: new Session(environment, model, arena, provider) };
}

/**
 * Builds and loads a shard's graphs, holding the weights of one at a time beside those that are loaded.
 * @throws {ModelLoadError} when the architecture is unknown, weights are missing or damaged, or the model can't be split.
 */
export async function loadCuts(
  shard: StageShard,
  { environment, provider, weights, afterLayer }: LoadCutsOptions,
): Promise<LoadedCut[]> {
  const buildCuts = requireArchitecture(shard.model.architecture);
  const arena = shard.tensorRank.size > 1 ? 'shared' : 'own';
  const staged = new StagedWeights();
  const memory = {
    allocateWeights: (length: number): Float32Array => staged.allocateWeights(length),
    allocateBytes: (length: number): Uint8Array => staged.allocateBytes(length),
  };
  const cuts: LoadedCut[] = [];
  try {
    for await (const cut of buildCuts({ shard, weights, provider, ...memory, afterLayer })) {
      cuts.push(loadCut(environment, cut, arena, provider));
      staged.release();
    }
    return cuts;
  } catch (error) {
    for (const { session } of cuts) session.close();
    throw error;
  } finally {
    staged.release();
  }
}
