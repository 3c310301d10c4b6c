/** Where a bundle of the placement group ended up. */
export interface PlacedBundle {
  readonly bundleIndex: number;
  readonly nodeId: string;
  readonly hostId: string;
}

/**
 * Orders bundles by rank, so that the ranks of a node are adjacent: those of the driver's host first, then nodes with fewer
 * bundles, then by node id, as vLLM's Ray executor does. Tensor-parallel ranks are adjacent too, so they stay on one node
 * wherever each node's share is a multiple of their number.
 * @returns the bundle of each rank.
 */
export function assignRanks(bundles: readonly PlacedBundle[], driverHostId: string): PlacedBundle[] {
  const count = (nodeId: string): number => bundles.filter((bundle) => bundle.nodeId === nodeId).length;
  const isRemote = (bundle: PlacedBundle): number => (bundle.hostId === driverHostId ? 0 : 1);
  return [...bundles].sort(
    (left, right) =>
      isRemote(left) - isRemote(right) ||
      count(left.nodeId) - count(right.nodeId) ||
      left.nodeId.localeCompare(right.nodeId) ||
      left.bundleIndex - right.bundleIndex,
  );
}
