import type { CompilationLevel } from '../../../src/llm/config/compilation-config.js';
import { compileModel } from '../compilation/index.js';
import { type Cut, type CutContext, type CutRecipe, rebuildMlpCut, type StageShard } from '../graphs/index.js';
import { type ExecutionProvider, type OrtEnvironment, Session, trimNativeHeap } from '../ort/index.js';
import type { LoadedCut } from './pass-binding.js';
import { StagedWeights } from './staged-weights.js';

/** What a cut is loaded with. */
export interface LoadCutContext extends Pick<CutContext, 'weights' | 'afterLayer'> {
  readonly shard: StageShard;
  readonly environment: OrtEnvironment;
  readonly provider: ExecutionProvider;
  /** Default {@link DEFAULT_COMPILATION_LEVEL}. */
  readonly compilation?: CompilationLevel | undefined;
}

type OpenCutContext = Omit<LoadCutContext, 'afterLayer'>;

function stagedContext<Context extends OpenCutContext>(context: Context, staged: StagedWeights) {
  return {
    ...context,
    allocateWeights: (length: number) => staged.allocateWeights(length),
    allocateBytes: (length: number) => staged.allocateBytes(length),
  };
}

function openCut({ name, runsIn, inputs, outputs, model }: Cut, context: OpenCutContext): LoadedCut {
  const { environment, provider, shard, compilation } = context;
  const arena = shard.tensorRank.size > 1 ? 'shared' : 'own';
  const compiled = compileModel(environment, model, provider, compilation);
  return { name, runsIn, inputs, outputs, provider, session: new Session(environment, compiled, arena, provider) };
}

function releaseWeights(staged: StagedWeights): void {
  staged.release();
  trimNativeHeap();
}

/**
 * Builds a graph and loads it, holding its weights a second time until it is loaded.
 * @throws {ModelLoadError} when weights are missing or damaged, or the model can't be split.
 */
export async function loadCut(recipe: CutRecipe, context: LoadCutContext): Promise<LoadedCut> {
  const staged = new StagedWeights();
  try {
    return openCut(await recipe(stagedContext(context, staged)), context);
  } finally {
    releaseWeights(staged);
  }
}

/**
 * Builds and loads the graph of one layer's MLP again, blocking the thread.
 * @throws {ModelLoadError} when weights are missing or damaged.
 */
export function reloadMlpCut(layer: number, context: OpenCutContext): LoadedCut {
  const staged = new StagedWeights();
  try {
    return openCut(rebuildMlpCut(stagedContext(context, staged), layer), context);
  } finally {
    releaseWeights(staged);
  }
}
