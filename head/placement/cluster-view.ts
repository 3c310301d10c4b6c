import {
  type ActorId,
  addResources,
  chooseAllocation,
  type LeaseId,
  type NodeId,
  type PlacementGroupId,
  type ResourcePool,
  type Resources,
  sumPool,
} from '../../src/core/index.js';
import type { ActorRecord, BundlePlace } from '../actors/actor-record.js';
import type { RecordChange, WatchableClusterState } from '../cluster-state.js';
import type { LeaseRecord } from '../leases/lease-record.js';
import type { NodeRecord } from '../membership/node-record.js';
import type { HoldersByNode, ResourceHolder } from './holder-table.js';
import type { Labels } from './label-selector.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { describeGroupName, isUsableBundle, type PlacementGroupRecord } from './placement-group-record.js';
import { ResourceBook } from './resource-book.js';

interface CachedSnapshot {
  readonly node: NodeRecord;
  readonly free: ResourcePool;
  readonly snapshot: NodeSnapshot;
}

/**
 * Who holds what where: bundles and, outside of them, actors and leases on the nodes; actors and leases in the bundles.
 * It follows the tables record by record, so that a question costs nothing of the size of the cluster.
 */
export class ClusterView {
  readonly #state: WatchableClusterState;
  readonly #leases: ReadonlyMap<LeaseId, LeaseRecord>;
  readonly #book = new ResourceBook();
  /** Each good for as long as the node's record and what is free of it are the same. */
  readonly #snapshots = new Map<NodeId, CachedSnapshot>();

  /** @param leases the living leases; changes of them are told by {@link onLease}. */
  constructor(state: WatchableClusterState, leases: ReadonlyMap<LeaseId, LeaseRecord>) {
    this.#state = state;
    this.#leases = leases;
    for (const node of state.nodes.values()) this.#onNode(node);
    for (const group of state.placementGroups.values()) this.#onGroup(undefined, group);
    for (const actor of state.actors.values()) this.#onActor(actor);
    for (const lease of leases.values()) this.onLease(lease);
    state.watch((change) => this.#onChange(change));
  }

  /** The nodes that may take work, with what is free on each. */
  nodes(): NodeSnapshot[] {
    const living = [...this.#state.nodes.values()].filter(({ state, isDraining }) => state === 'ALIVE' && !isDraining);
    return living.map((node) => this.snapshot(node));
  }

  /** Those, and the nodes that are expected back after a start of the head: whatever fits these is not infeasible. */
  expectedNodes(): NodeSnapshot[] {
    const expected = [...this.#state.nodes.values()].filter(({ state, isDraining }) => state !== 'DEAD' && !isDraining);
    return expected.map((node) => this.snapshot(node));
  }

  /** A node with what is free on it, whether it takes work or not. */
  snapshot(node: NodeRecord): NodeSnapshot {
    const { nodeId, hostname, total } = node;
    const free = this.#book.freeOf(nodeId);
    const numHolders = this.#book.holdersOf(nodeId).size;
    const known = this.#snapshots.get(nodeId);
    if (known?.node === node && known.free === free && known.snapshot.numHolders === numHolders) return known.snapshot;
    const snapshot = {
      nodeId,
      address: hostname,
      total,
      available: sumPool(free),
      gpus: free.gpus,
      labels: labelsOf(node),
      numHolders,
    };
    this.#snapshots.set(nodeId, { node, free, snapshot });
    return snapshot;
  }

  /** What nobody holds of a bundle; nothing while it has no node. */
  freeInBundle(placementGroupId: PlacementGroupId, bundleIndex: number): ResourcePool {
    return this.#book.freeOf(bundleKey(placementGroupId, bundleIndex));
  }

  /** The bundle of a placed group for a request: the one it names, or for -1 the first one with room. */
  chooseBundle(group: PlacementGroupRecord, asked: BundlePlace, resources: Resources): number | undefined {
    const candidates = asked.bundleIndex >= 0 ? [asked.bundleIndex] : group.bundles.keys();
    for (const index of candidates) {
      const free = this.freeInBundle(group.placementGroupId, index);
      if (isUsableBundle(group, index) && chooseAllocation(free, resources) !== undefined) return index;
    }
    return undefined;
  }

  /** The actors and leases in a bundle. */
  usersOfBundle(placementGroupId: PlacementGroupId, bundleIndex: number): ReadonlySet<string> {
    return this.#book.holdersOf(bundleKey(placementGroupId, bundleIndex));
  }

  /** The leases that hold something of these on a node, outside of placement groups. */
  leasesOnNode(nodeId: NodeId): LeaseRecord[] {
    return [...this.#book.holdersOf(nodeId)].flatMap((id) => this.#leases.get(id as LeaseId) ?? []);
  }

  /** What a lease has of its node or bundle, GPU by GPU. */
  allocationOfLease(leaseId: LeaseId): ResourcePool {
    return this.#book.allocationOf(leaseId);
  }

  /** What a bundle has of its node, GPU by GPU; nothing while it has no node. */
  allocationOfBundle(placementGroupId: PlacementGroupId, bundleIndex: number): ResourcePool {
    return this.#book.allocationOf(bundleKey(placementGroupId, bundleIndex));
  }

  /** Who holds what, for the tables in messages. */
  holders(nodes: readonly NodeSnapshot[]): HoldersByNode {
    return new Map(nodes.map(({ nodeId }) => [nodeId, this.#describeHolders(nodeId)]));
  }

  /** Who holds what of a bundle, for messages. */
  holdersOfBundle(placementGroupId: PlacementGroupId, bundleIndex: number): ResourceHolder[] {
    return [...this.usersOfBundle(placementGroupId, bundleIndex)].flatMap((id) => this.#describeUser(id));
  }

  /** The lease is new, has changed, or has ended. */
  onLease(lease: LeaseRecord): void {
    const { leaseId, nodeId, state, bundle, bundleIndex } = lease;
    if (!nodeId || state === 'PENDING' || state === 'ENDED') {
      this.#book.release(leaseId);
      return;
    }
    const poolId = bundle ? bundleKey(bundle.placementGroupId, bundleIndex ?? -1) : nodeId;
    this.#book.hold(leaseId, { poolId, resources: lease.held, gpuIds: lease.address?.gpuIds });
  }

  #onChange(change: RecordChange): void {
    if (change.table === 'nodes') this.#onNode(change.after);
    else if (change.table === 'placement-groups') this.#onGroup(change.before, change.after);
    else if (change.table === 'actors') this.#onActor(change.after);
  }

  #onNode({ nodeId, state, total }: NodeRecord): void {
    if (state !== 'DEAD') this.#book.setPool(nodeId, total);
    else {
      this.#book.dropPool(nodeId);
      this.#snapshots.delete(nodeId);
    }
  }

  #onGroup(before: PlacementGroupRecord | undefined, group: PlacementGroupRecord): void {
    for (const [index, resources] of group.bundles.entries()) {
      const nodeId = group.state === 'REMOVED' ? undefined : group.nodeIds[index];
      const key = bundleKey(group.placementGroupId, index);
      const gpuIds = group.gpuIds[index];
      const isSame = before?.nodeIds[index] === nodeId && before?.gpuIds[index]?.join() === gpuIds?.join();
      if (isSame && this.#book.has(key)) continue;
      this.#book.dropPool(key);
      this.#book.release(key);
      if (!nodeId) continue;
      this.#book.hold(key, { poolId: nodeId, resources, gpuIds });
      this.#book.setPool(key, resources, this.#book.allocationOf(key));
    }
  }

  #onActor(actor: ActorRecord): void {
    const { actorId, state, nodeId, bundle, bundleIndex, resources, address } = actor;
    if (state === 'DEAD' || !nodeId) {
      this.#book.release(actorId);
      return;
    }
    const poolId = bundle ? bundleKey(bundle.placementGroupId, bundleIndex ?? -1) : nodeId;
    this.#book.hold(actorId, { poolId, resources, gpuIds: address?.gpuIds });
  }

  #describeHolders(nodeId: NodeId): ResourceHolder[] {
    const ids = [...this.#book.holdersOf(nodeId)];
    const users = ids.flatMap((id) => this.#describeUser(id));
    return [...this.#describeBundles(ids.filter((id) => this.#book.has(id))), ...users];
  }

  /** The bundles of one group together. */
  #describeBundles(keys: readonly string[]): ResourceHolder[] {
    const sums = new Map<string, Resources>();
    for (const key of keys) {
      const group = this.#state.placementGroups.get(groupOfKey(key));
      if (!group) continue;
      const holder = describeGroupName(group);
      sums.set(holder, addResources(sums.get(holder) ?? {}, sumPool(this.#book.allocationOf(key))));
    }
    return [...sums].map(([holder, resources]) => ({ holder, resources }));
  }

  #describeUser(id: string): ResourceHolder[] {
    const resources = sumPool(this.#book.allocationOf(id));
    const actor = this.#state.actors.get(id as ActorId);
    if (actor) return [{ holder: `actor ${actor.name || actor.className} ${id.slice(0, 8)}`, resources }];
    const lease = this.#leases.get(id as LeaseId);
    return lease ? [{ holder: `task ${lease.name} ${id.slice(0, 8)}`, resources }] : [];
  }
}

const bundleKey = (placementGroupId: PlacementGroupId, bundleIndex: number): string =>
  `${placementGroupId}:${bundleIndex}`;

const groupOfKey = (key: string): PlacementGroupId => key.slice(0, key.lastIndexOf(':')) as PlacementGroupId;

const ACCELERATOR = 'accelerator_type:';

/** A node's own labels, and those that every node has. */
function labelsOf({ nodeId, labels, total }: NodeRecord): Labels {
  const accelerator = Object.keys(total).find((name) => name.startsWith(ACCELERATOR));
  return {
    ...(accelerator === undefined ? {} : { 'ray.io/accelerator-type': accelerator.slice(ACCELERATOR.length) }),
    ...labels,
    'ray.io/node-id': nodeId,
  };
}
