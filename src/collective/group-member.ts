/** A rank of a group, as it makes itself known to the others. */
export interface GroupMember {
  readonly rank: number;
  readonly workerId: string;
  readonly actorId: string;
  readonly hostId: string;
  /** host:port of its WorkerService. */
  readonly rpcAddress: string;
  /** The processes that it has made a ring for, by rank: another one of that rank is not the one it means. */
  readonly ringsFor: Readonly<Record<number, string>>;
}

export const withRingFor = (self: GroupMember, peer: GroupMember): GroupMember => ({
  ...self,
  ringsFor: { ...self.ringsFor, [peer.rank]: peer.workerId },
});

/** True when every rank is there and each of the pairs with `self` has its ring, for the very processes that are there now. */
export function isComplete(self: GroupMember, peers: readonly GroupMember[], worldSize: number): boolean {
  return (
    peers.length === worldSize - 1 &&
    peers.every((peer) => self.ringsFor[peer.rank] === peer.workerId && peer.ringsFor[self.rank] === self.workerId)
  );
}

/** None for a rank that has not come, or an entry that is not one of this version. */
export function parseMember(text: string | undefined, rank: number): GroupMember[] {
  if (text === undefined) return [];
  try {
    const member = JSON.parse(text) as Partial<GroupMember>;
    const { workerId, actorId, hostId, rpcAddress, ringsFor } = member;
    const isWhole = [workerId, actorId, hostId, rpcAddress].every((field) => typeof field === 'string');
    return isWhole && typeof ringsFor === 'object' ? [{ ...(member as GroupMember), rank }] : [];
  } catch {
    return []; // damaged: as good as not there, and named as missing in the end
  }
}
