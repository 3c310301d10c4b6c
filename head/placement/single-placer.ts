import type { NodeId, PlacementGroupId, RayError } from '../../src/core/index.js';
import type { BundlePlace } from '../actors/actor-record.js';
import type { WatchableClusterState } from '../cluster-state.js';
import { isExpected } from '../membership/node-record.js';
import { chooseNode, feasibleNodes } from './choose-node.js';
import { explainBundleWait } from './explain-bundle-wait.js';
import { explainRequest } from './explain-request.js';
import type { NodeRequest } from './node-request.js';
import { type PlacementGroupRecord, removedMessage } from './placement-group-record.js';
import { requireFittingBundle } from './require-fitting-bundle.js';
import type { Room } from './room.js';

/** What an actor, or the worker of a task, wants. */
export interface SingleRequest {
  readonly id: string;
  /** Unix milliseconds: since when it waits, for the order among all who wait. */
  readonly sinceMs: number;
  readonly kind: 'Actor' | 'Task';
  /** Of its class or function. */
  readonly name: string;
  /** Its `resources` count in a placement group too, the rest of it does not. */
  readonly request: NodeRequest;
  readonly bundle: BundlePlace | undefined;
}

export type SinglePlace =
  | { readonly kind: 'placed'; readonly nodeId: NodeId; readonly bundleIndex: number | undefined }
  | { readonly kind: 'waits' }
  /** Its placement group is over, or its one node; with why, for people. */
  | { readonly kind: 'group-removed' | 'node-gone'; readonly message: string };

export interface SinglePlacerOptions {
  readonly journal: WatchableClusterState;
  readonly room: Room;
  /** @throws {PlacementGroupRemovedError} when the group is gone. */
  readonly requireGroup: (placementGroupId: PlacementGroupId) => PlacementGroupRecord;
  /** What is thrown at who asks for what can never be had. */
  readonly unschedulable: new (
    message: string,
  ) => RayError;
}

/** Chooses nodes and bundles for those who want one. */
export class SinglePlacer {
  readonly #options: SinglePlacerOptions;
  #lastSpreadNodeId: NodeId | undefined;

  constructor(options: SinglePlacerOptions) {
    this.#options = options;
  }

  /** @throws when no node or bundle can ever hold it, or its group is gone; see {@link SinglePlacerOptions}. */
  requirePlace(wanted: SingleRequest): void {
    const { name, request, bundle } = wanted;
    const { room, requireGroup, unschedulable } = this.#options;
    if (bundle) {
      requireFittingBundle(name, request.resources, bundle, requireGroup(bundle.placementGroupId), unschedulable);
      return;
    }
    const nodes = room.view.expectedNodes();
    if (feasibleNodes(request, nodes).length > 0) return;
    throw new unschedulable(explainRequest(subjectOf(wanted), request, nodes, new Map()));
  }

  place(wanted: SingleRequest): SinglePlace {
    return wanted.bundle ? this.#placeInGroup(wanted, wanted.bundle) : this.#placeOnNode(wanted);
  }

  /** Why it waits, and who holds what it waits for. */
  explain(wanted: SingleRequest): string {
    const { id, sinceMs, request, bundle } = wanted;
    const { journal, room } = this.#options;
    const group = bundle && journal.placementGroups.get(bundle.placementGroupId);
    if (bundle && group) return explainBundleWait(subjectOf(wanted), request.resources, bundle, group, room.view);
    const nodes = room.nodesFor(id, sinceMs);
    return explainRequest(subjectOf(wanted), request, nodes, room.holdersFor(id, sinceMs, nodes));
  }

  #placeInGroup({ request }: SingleRequest, bundle: BundlePlace): SinglePlace {
    const { journal, room } = this.#options;
    const group = journal.placementGroups.get(bundle.placementGroupId);
    if (!group) return { kind: 'group-removed', message: 'Its placement group was removed.' };
    if (group.state === 'REMOVED') return { kind: 'group-removed', message: removedMessage(group) };
    const bundleIndex = room.view.chooseBundle(group, bundle, request.resources);
    const nodeId = bundleIndex === undefined ? undefined : group.nodeIds[bundleIndex];
    return nodeId ? { kind: 'placed', nodeId, bundleIndex } : { kind: 'waits' };
  }

  #placeOnNode(wanted: SingleRequest): SinglePlace {
    const { id, sinceMs, request } = wanted;
    const choice = chooseNode(request, this.#options.room.nodesFor(id, sinceMs), this.#lastSpreadNodeId);
    if (choice.kind === 'placed') {
      if (request.strategy.kind === 'SPREAD') this.#lastSpreadNodeId = choice.nodeId;
      return { ...choice, bundleIndex: undefined };
    }
    if (choice.kind === 'unavailable' || !this.#isNodeGone(request)) return { kind: 'waits' };
    return { kind: 'node-gone', message: this.explain(wanted) };
  }

  /** It will not come back: nodes have a new id after their death. */
  #isNodeGone({ strategy }: NodeRequest): boolean {
    if (strategy.kind !== 'NODE_AFFINITY' || strategy.isSoft) return false;
    return !isExpected(this.#options.journal.nodes.get(strategy.nodeId));
  }
}

const subjectOf = ({ kind, name }: SingleRequest): string => `${kind} ${name}`;
