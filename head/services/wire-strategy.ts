import type { NodeId, PlacementGroupId } from '../../src/core/index.js';
import type { SchedulingStrategy } from '../../src/rpc/index.js';
import type { BundlePlace } from '../actors/actor-record.js';
import { type LabelSelector, validateLabelSelector } from '../placement/label-selector.js';
import type { NodeStrategy } from '../placement/node-request.js';

/** Where an actor or a task may run, as the head's records have it. */
export interface Whereabouts {
  readonly strategy: NodeStrategy;
  readonly labelSelectors: readonly LabelSelector[];
  readonly bundle: BundlePlace | undefined;
}

/** @throws {InvalidArgumentError} for a condition on labels that is none. */
export function fromWireSchedulingStrategy(wire: SchedulingStrategy | null | undefined): Whereabouts {
  const labelSelectors = [wire?.labelSelector ?? {}, ...(wire?.fallback ?? []).map(({ terms }) => terms)];
  for (const selector of labelSelectors) validateLabelSelector(selector);
  const bundle = wire?.bundle;
  return {
    strategy: nodeStrategyOf(wire),
    labelSelectors,
    bundle: bundle
      ? { placementGroupId: bundle.placementGroupId as PlacementGroupId, bundleIndex: bundle.bundleIndex }
      : undefined,
  };
}

function nodeStrategyOf(wire: SchedulingStrategy | null | undefined): NodeStrategy {
  const affinity = wire?.nodeAffinity;
  if (affinity) return { kind: 'NODE_AFFINITY', nodeId: affinity.nodeId as NodeId, isSoft: affinity.soft };
  return { kind: wire?.spread ? 'SPREAD' : 'DEFAULT' };
}
