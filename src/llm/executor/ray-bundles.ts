import { randomUUID } from 'node:crypto';
import { getCurrentPlacementGroup, PlacementGroup, placementGroup } from '../../api/index.js';
import { InvalidArgumentError, shortId } from '../../core/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import { chooseBundles } from './choose-bundles.js';

/** Where the ranks go: a bundle for each. */
export interface RankBundles {
  readonly group: PlacementGroup;
  readonly indices: readonly number[];
  /** A group that the engine made ends with it; one that it was given stays. */
  readonly isOwn: boolean;
}

/** The group that the program gives, or runs in. */
async function givenGroup(config: EngineConfig): Promise<PlacementGroup | undefined> {
  const given = config.parallel.placementGroup;
  if (given === undefined) return getCurrentPlacementGroup();
  if (given instanceof PlacementGroup) return given;
  throw new InvalidArgumentError('placementGroup must be what ray.placementGroup() resolved to.');
}

/**
 * Bundles for the ranks: of the group that the program gives or runs in, or of a new one. A group that has to wait says on
 * standard error why.
 * @throws {PlacementGroupInfeasibleError} at once when the cluster can never hold a new one.
 * @throws {InvalidArgumentError} when the given one has too little room.
 */
export async function reserveBundles(config: EngineConfig): Promise<RankBundles> {
  const { worldSize } = config.parallel;
  const { cpusPerWorker } = config.args;
  const given = await givenGroup(config);
  if (given !== undefined) {
    const indices = chooseBundles({
      bundleSpecs: given.bundleSpecs,
      worldSize,
      cpusPerWorker,
      indices: process.env['VLLM_RAY_BUNDLE_INDICES'],
    });
    return { group: await given.ready(), indices, isOwn: false };
  }
  const bundles = Array.from({ length: worldSize }, () => ({ CPU: cpusPerWorker }));
  const name = `llm ${config.servedModelName} ${shortId(randomUUID())}`;
  const group = await placementGroup(bundles, { strategy: 'PACK', name });
  return { group: await group.ready(), indices: [...bundles.keys()], isOwn: true };
}
