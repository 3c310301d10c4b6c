import { type NodeId, type PlacementGroupId, type Resources, toError } from '../../src/core/index.js';

/** A node's part in reserving a group: what the two phases need of its agent. Every call is idempotent. */
export interface BundleHost {
  /**
   * Reserves all of `bundles`, in their order, or none.
   * @returns the GPUs of each; undefined when there is no room (any more).
   */
  prepare(
    id: PlacementGroupId,
    bundles: readonly { index: number; resources: Resources }[],
  ): Promise<readonly (readonly string[])[] | undefined>;
  /** Makes prepared bundles usable; rejects when the node has let one of them go. */
  commit(id: PlacementGroupId, indexes: readonly number[]): Promise<void>;
  /** Ends the actors in these bundles and frees them, in whatever state; no index: all of the group on this node. */
  giveBack(id: PlacementGroupId, indexes: readonly number[]): Promise<void>;
}

export interface Reservation {
  readonly placementGroupId: PlacementGroupId;
  /** The bundles to reserve, with the node chosen for each. */
  readonly bundles: readonly { readonly index: number; readonly resources: Resources; readonly nodeId: NodeId }[];
}

export type ReservationOutcome =
  /** `lostNodeIds` prepared but did not commit, and hold nothing any more: their bundles need another place. */
  | { readonly kind: 'committed'; readonly lostNodeIds: readonly NodeId[] }
  /** Nothing of the reservation is held any more; it may be planned again. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Reserves a group's bundles on their nodes, all or nothing: every node prepares, `onPrepared` makes the decision durable,
 * then every node commits. When one node refuses or fails to prepare, every node that may have prepared gives back. Other
 * bundles of the group, which a node may have held before, stay as they are.
 *
 * @param onPrepared called between the phases with the GPUs of each bundle, by its index; when it rejects, everything is given back and the rejection goes on. After
 *  it has resolved the decision stands: a commit that fails loses the bundles of that node alone.
 */
export async function reserveBundles(
  reservation: Reservation,
  hostOf: (nodeId: NodeId) => BundleHost,
  onPrepared: (gpuIds: ReadonlyMap<number, readonly string[]>) => Promise<void>,
): Promise<ReservationOutcome> {
  const { placementGroupId, bundles } = reservation;
  const nodeIds = [...new Set(bundles.map((bundle) => bundle.nodeId))];
  const onNode = (nodeId: NodeId) => bundles.filter((bundle) => bundle.nodeId === nodeId);
  const indexesOn = (nodeId: NodeId): number[] => onNode(nodeId).map((bundle) => bundle.index);
  const giveBack = (holders: readonly NodeId[]) =>
    // A node that can't be reached any more has nothing left to give back: its agent's lease ends its bundles.
    Promise.allSettled(holders.map(async (nodeId) => hostOf(nodeId).giveBack(placementGroupId, indexesOn(nodeId))));

  const answers = await Promise.allSettled(
    nodeIds.map(async (nodeId) => hostOf(nodeId).prepare(placementGroupId, onNode(nodeId))),
  );
  const refusals = answers.flatMap((answer, position) => refusal(answer, nodeIds[position]!));
  if (refusals.length > 0) {
    await giveBack(nodeIds);
    return { kind: 'refused', reason: refusals.join('; ') };
  }
  try {
    await onPrepared(gpusByIndex(nodeIds.map(onNode), answers));
  } catch (error) {
    await giveBack(nodeIds);
    throw error;
  }
  const commits = await Promise.allSettled(
    nodeIds.map(async (nodeId) => hostOf(nodeId).commit(placementGroupId, indexesOn(nodeId))),
  );
  const lostNodeIds = nodeIds.filter((_, position) => commits[position]?.status === 'rejected');
  await giveBack(lostNodeIds);
  return { kind: 'committed', lostNodeIds };
}

type Answer = PromiseSettledResult<readonly (readonly string[])[] | undefined>;

function refusal(answer: Answer, nodeId: NodeId): string[] {
  if (answer.status === 'rejected') return [`node ${nodeId} failed to prepare: ${toError(answer.reason).message}`];
  return answer.value ? [] : [`node ${nodeId} has no room left`];
}

function gpusByIndex(
  asked: readonly (readonly { readonly index: number }[])[],
  answers: readonly Answer[],
): ReadonlyMap<number, readonly string[]> {
  const gpus = new Map<number, readonly string[]>();
  for (const [position, answer] of answers.entries()) {
    if (answer.status === 'rejected') continue;
    for (const [order, { index }] of asked[position]!.entries()) gpus.set(index, answer.value?.[order] ?? []);
  }
  return gpus;
}
