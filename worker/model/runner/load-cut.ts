import type { CutContext, CutRecipe, StageShard } from '../graphs/index.js';
import { type ExecutionProvider, type OrtEnvironment, Session, trimNativeHeap } from '../ort/index.js';
import type { LoadedCut } from './pass-binding.js';
import { StagedWeights } from './staged-weights.js';

/** What a cut is loaded with. */
export interface LoadCutContext extends Pick<CutContext, 'weights' | 'afterLayer'> {
  readonly shard: StageShard;
  readonly environment: OrtEnvironment;
  readonly provider: ExecutionProvider;
}

/**
 * Builds a graph and loads it, holding its weights a second time until it is loaded.
 * @throws {ModelLoadError} when weights are missing or damaged, or the model can't be split.
 */
export async function loadCut(recipe: CutRecipe, context: LoadCutContext): Promise<LoadedCut> {
  const { environment, provider, shard } = context;
  const staged = new StagedWeights();
  try {
    const { name, runsIn, inputs, outputs, model } = await recipe({
      ...context,
      allocateWeights: (length) => staged.allocateWeights(length),
      allocateBytes: (length) => staged.allocateBytes(length),
    });
    const arena = shard.tensorRank.size > 1 ? 'shared' : 'own';
    return { name, runsIn, inputs, outputs, provider, session: new Session(environment, model, arena, provider) };
  } finally {
    staged.release();
    trimNativeHeap();
  }
}
