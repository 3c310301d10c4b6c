import { InvalidArgumentError } from '../core/errors/index.js';
import type { TensorParallelLayout } from './tensor-parallel-group.js';

/** Slots begin on pages, so that ranks on different NUMA nodes don't share one. */
const SLOT_ALIGNMENT_BYTES = 4096;

/** The segment's first page holds the words of the barrier and the layout. */
export const GROUP_HEADER_BYTES = SLOT_ALIGNMENT_BYTES;

const NUM_BUFFERS = 2;
const MAX_SLOT_BYTES = 2 ** 32 - 1;

const alignUp = (byteLength: number): number => Math.ceil(byteLength / SLOT_ALIGNMENT_BYTES) * SLOT_ALIGNMENT_BYTES;

/** @throws {InvalidArgumentError} when a size is not a count, or a slot is 4 GiB or more. */
export function requireValidLayout(layout: TensorParallelLayout): void {
  const { size, partialSumBytes, logitsBytes } = layout;
  if (!Number.isInteger(size) || size < 1) {
    throw new InvalidArgumentError(`A tensor-parallel group has at least one rank, got size ${size}.`);
  }
  for (const [name, bytes] of Object.entries({ partialSumBytes, logitsBytes })) {
    if (Number.isInteger(bytes) && bytes >= 0 && bytes <= MAX_SLOT_BYTES) continue;
    throw new InvalidArgumentError(
      `${name} of a tensor-parallel group must be from 0 to ${MAX_SLOT_BYTES}, got ${bytes}.`,
    );
  }
}

/** Where rank `rank`'s partial sums begin in the segment: [header | buffer 0: ranks | buffer 1: ranks | logits: ranks]. */
export function partialSumOffset(layout: TensorParallelLayout, buffer: 0 | 1, rank: number): number {
  return GROUP_HEADER_BYTES + (buffer * layout.size + rank) * alignUp(layout.partialSumBytes);
}

/** Where rank `rank`'s logits begin in the segment. */
export function logitsOffset(layout: TensorParallelLayout, rank: number): number {
  const partialSumsEnd = GROUP_HEADER_BYTES + NUM_BUFFERS * layout.size * alignUp(layout.partialSumBytes);
  return partialSumsEnd + rank * alignUp(layout.logitsBytes);
}

/** Bytes of the whole segment. */
export const groupBytes = (layout: TensorParallelLayout): number => logitsOffset(layout, layout.size);

/** The layout as text, for messages. */
export function formatLayout({ size, partialSumBytes, logitsBytes }: TensorParallelLayout): string {
  return `{size: ${size}, partialSumBytes: ${partialSumBytes}, logitsBytes: ${logitsBytes}}`;
}
