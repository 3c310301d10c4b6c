import type { CompilationLevel } from '../../../src/llm/config/compilation-config.js';
import type { ErrorRecord } from '../../../src/llm/engine/error-record.js';
import { type Cut, requireArchitecture, type StageShard } from '../graphs/index.js';
import { type HandedSession, openOrtEnvironment, type ThreadPoolOptions } from '../ort/index.js';
import { SafetensorsWeightSource } from '../weights/index.js';
import { layersPerCut } from './layers-per-cut.js';
import { loadCut } from './load-cut.js';

/** What a thread loads cuts of. */
export interface LoadThreadData {
  readonly shard: StageShard;
  readonly threadPool: ThreadPoolOptions;
  readonly compilation?: CompilationLevel | undefined;
  /** int32 [1], shared by all threads: the next cut that none has begun. Set beyond the last one, it ends them. */
  readonly nextCut: Int32Array;
}

/** A loaded cut on its way to another thread of the process. */
export interface HandedCut extends Pick<Cut, 'name' | 'runsIn' | 'inputs' | 'outputs'> {
  /** In the order of a pass. */
  readonly index: number;
  /** The receiver's to close. */
  readonly session: HandedSession;
}

export type LoadThreadMessage =
  | { readonly kind: 'layer' }
  | { readonly kind: 'cut'; readonly cut: HandedCut }
  | { readonly kind: 'failed'; readonly error: ErrorRecord };

/**
 * Loads the next cut, whichever it is, until there are none: threads that are slower load fewer.
 * @throws {ModelLoadError} as {@link loadCut}.
 */
export async function loadCutsOfTurn(
  { shard, threadPool, compilation, nextCut }: LoadThreadData,
  post: (message: LoadThreadMessage) => void,
): Promise<void> {
  const environment = openOrtEnvironment(threadPool);
  const recipes = requireArchitecture(shard.model.architecture)(shard, layersPerCut(shard, 'cpu'));
  const weights = SafetensorsWeightSource.open(shard.model.modelPath);
  const afterLayer = async (): Promise<void> => post({ kind: 'layer' });
  const context = { shard, environment, provider: 'cpu', compilation, weights, afterLayer } as const;
  try {
    for (let index = Atomics.add(nextCut, 0, 1); index < recipes.length; index = Atomics.add(nextCut, 0, 1)) {
      const { name, runsIn, inputs, outputs, session } = await loadCut(recipes[index]!, context);
      post({ kind: 'cut', cut: { index, name, runsIn, inputs, outputs, session: session.handOver() } });
    }
  } finally {
    weights.close();
  }
}
