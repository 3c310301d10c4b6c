/** One operation of a group, the same at every rank that takes part. */
export interface CollectiveCall {
  /** Counts the group's operations; of `send` and `recv` those between the two ranks. */
  readonly sequence: number;
  readonly operation: CollectiveOperation;
}

/** Their order is part of the wire format. */
export const collectiveOperations = [
  'allReduce',
  'allGather',
  'reduceScatter',
  'reduce',
  'broadcast',
  'barrier',
  'send',
] as const;

export type CollectiveOperation = (typeof collectiveOperations)[number];

/** Takes a piece of what a peer sent; the piece is valid during the call only. */
export type TakePiece = (piece: Uint8Array, byteOffset: number) => void;

/** A member's lines to the others of its group: bytes in order, in both directions at once. */
export interface PeerLinks {
  /** Resolves when all of it is on its way; the bytes must stay unchanged until then. */
  send(peer: number, call: CollectiveCall, bytes: Uint8Array): Promise<void>;
  /**
   * Takes `numBytes` of a peer, in pieces that begin on multiples of 64 bytes.
   * @throws {IllegalStateError} when the peer is at another operation, or sends another number of bytes.
   */
  receive(peer: number, call: CollectiveCall, numBytes: number, take: TakePiece): Promise<void>;
  close(): void;
}

/** Where a member finds its rings with a peer; `outgoing` may have to be connected to another host first. */
export interface PeerRings {
  readonly incomingPath: string;
  openOutgoing(): string;
}
