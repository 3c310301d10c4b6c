import { InternalError } from '../core/errors/index.js';
import type { RingReader, RingWriter, WaitOptions } from './ring.js';
import { frameUnits, UNIT_BYTES } from './ring-layout.js';

/** Large slots travel as pieces of this size, so that the link carries one while the next is copied. */
export const PIECE_BYTES = 256 * 1024;

/**
 * Pieces that a rank writes before it reads its peers' first: what fills a link of 5 ms delay at 6 Gbit/s.
 *
 * **Why ranks that write before they read don't deadlock.** Order the operations of an exchange: write piece 0, …, write
 * piece W-1, read piece 0, write piece W, read piece 1, … All ranks go through the same list, exchange after exchange. Look
 * at a rank that is nowhere behind the others. If it is to write piece i, each reader has taken all pieces up to i-W and all
 * of earlier exchanges, so the ring holds less than W pieces and takes one more. If it is to read, each writer is past the
 * write of that piece, so the piece is there or on its way. So the last rank can always go on.
 */
const WINDOW_PIECES = 16;

/** Pieces that may be written and not read, of a slot of `slotBytes`. */
const windowOf = (slotBytes: number): number =>
  Math.max(1, Math.min(WINDOW_PIECES, Math.ceil(slotBytes / PIECE_BYTES)));

/**
 * Capacity for the ring of a link that carries slots of at most `maxSlotBytes`: the window, and two pieces more, as one can
 * be lost where the ring begins anew and the reader still holds one.
 */
export function slotRingBytes(maxSlotBytes: number): number {
  const pieceBytes = frameUnits(Math.min(PIECE_BYTES, maxSlotBytes)) * UNIT_BYTES;
  return (windowOf(maxSlotBytes) + 2) * pieceBytes;
}

/** A slot that goes to, or comes from, a rank elsewhere: as many bytes as there are to transfer. */
export interface SlotLink<Ring> {
  readonly ring: Ring;
  readonly bytes: Uint8Array;
}

function writePiece({ ring, bytes }: SlotLink<RingWriter>, piece: number, tag: number, wait: WaitOptions): void {
  const payload = bytes.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
  ring.write({ tag, dtype: 'bytes', shape: [], payload }, wait);
}

function readPiece({ ring, bytes }: SlotLink<RingReader>, piece: number, tag: number, wait: WaitOptions): void {
  const target = bytes.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
  const frame = ring.read(wait)!;
  if (frame.tag !== tag || frame.payload.byteLength !== target.byteLength) {
    throw new InternalError(
      `A tensor-parallel rank on another host sent ${frame.payload.byteLength} bytes of kind ${frame.tag} where ${target.byteLength} of kind ${tag} belong: the ranks are out of step.`,
    );
  }
  target.set(frame.payload);
}

/**
 * Sends and receives slots of `numBytes` each, at once over all links.
 * @param tag - what the slots hold; both sides must say the same.
 * @throws {ChannelClosedError} when a link is closed or the wait was aborted.
 * @throws {InternalError} when a peer sent something else.
 */
export function transferSlots(
  outgoing: readonly SlotLink<RingWriter>[],
  incoming: readonly SlotLink<RingReader>[],
  numBytes: number,
  tag: number,
  wait: WaitOptions,
): void {
  const numPieces = Math.ceil(numBytes / PIECE_BYTES);
  const ahead = windowOf(numBytes) - 1;
  for (let step = 0; step < numPieces + ahead; step++) {
    if (step < numPieces) for (const link of outgoing) writePiece(link, step, tag, wait);
    if (step >= ahead) for (const link of incoming) readPiece(link, step - ahead, tag, wait);
  }
}
