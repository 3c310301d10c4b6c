import { attentionHeadDim } from '../../../../src/llm/config/attention-head-dim.js';
import type { Range } from '../../weights/index.js';

/** Consecutive values of a checkpoint's head, [start, end), and where they begin in the head of the graph. */
export interface HeadSegment extends Range {
  readonly offset: number;
}

/** Where a head's values lie in the graph's head, which may be wider; the other values are 0. */
export interface HeadLayout {
  readonly headDim: number;
  /** Of the graph's head. */
  readonly width: number;
  readonly segments: readonly HeadSegment[];
}

function joinNeighbours(segments: readonly HeadSegment[]): HeadSegment[] {
  const joined: HeadSegment[] = [];
  for (const segment of segments) {
    if (segment.end === segment.start) continue;
    const last = joined.at(-1);
    const continues = last?.end === segment.start && last.offset + last.end - last.start === segment.offset;
    if (last !== undefined && continues) joined[joined.length - 1] = { ...last, end: segment.end };
    else joined.push(segment);
  }
  return joined;
}

/** Values in their order, followed by zeros. */
export function plainHeadLayout(headDim: number): HeadLayout {
  return { headDim, width: attentionHeadDim({ headDim }), segments: [{ start: 0, end: headDim, offset: 0 }] };
}

/**
 * The checkpoint pairs value i with i + rotaryDim / 2, GroupQueryAttention with i + width / 2: the second half of the
 * rotated values moves there, and values that aren't rotated fill the gaps, where the rotary tables are cosine 1, sine 0.
 */
export function rotaryHeadLayout(headDim: number, rotaryDim: number): HeadLayout {
  const width = attentionHeadDim({ headDim });
  const half = rotaryDim / 2;
  const gapEnd = Math.min(headDim, rotaryDim + width / 2 - half);
  const segments = [
    { start: 0, end: half, offset: 0 },
    { start: half, end: rotaryDim, offset: width / 2 },
    { start: rotaryDim, end: gapEnd, offset: half },
    { start: gapEnd, end: headDim, offset: width / 2 + half },
  ];
  return { headDim, width, segments: joinNeighbours(segments) };
}

/** Whether heads can be taken as they are, many at once. */
export const keepsOrder = ({ headDim, width, segments }: HeadLayout): boolean =>
  headDim === width && segments.length === 1;
