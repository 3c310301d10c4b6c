import { type Range, rangeLength, type WeightSlice, type WeightSource } from '../../weights/index.js';

/** A rectangle of the checkpoint, and which output of the layer its first row makes. */
export interface LinearSegment {
  readonly slice: WeightSlice;
  readonly firstOutput: number;
}

/** The weight of a linear layer, [outputs, inputs], by where its rows lie in the checkpoint. */
export interface LinearWeight {
  /** Of the graph's initializers. */
  readonly name: string;
  readonly outputs: number;
  readonly inputs: number;
  /** In the order of outputs, of which none is in two. Rows that are in none are 0. */
  readonly segments: readonly LinearSegment[];
  /** Where inputs come in groups wider than the checkpoint's: its columns of a group, and the graph's, whose last are 0. */
  readonly groups?: InputGroups | undefined;
}

export interface InputGroups {
  readonly size: number;
  readonly width: number;
}

function spreadGroups(narrow: Float32Array, { size, width }: InputGroups, destination: Float32Array): void {
  for (let group = 0; group * size < narrow.length; group++) {
    destination.set(narrow.subarray(group * size, (group + 1) * size), group * width);
  }
}

/** The part of a segment that makes `outputs`; undefined when there is none. */
function clipSegment({ slice, firstOutput }: LinearSegment, outputs: Range): LinearSegment | undefined {
  const start = Math.max(outputs.start, firstOutput);
  const end = Math.min(outputs.end, firstOutput + rangeLength(slice.rows));
  if (start >= end) return undefined;
  const offset = slice.rows.start - firstOutput;
  return { firstOutput: start, slice: { ...slice, rows: { start: start + offset, end: end + offset } } };
}

/**
 * Reads the rows that make `outputs`, float32 [outputs, inputs], into `destination`, which holds zeros.
 * @throws {ModelLoadError} as {@link WeightSource.read}.
 */
export function readLinearRows(
  weights: WeightSource,
  { segments, inputs, groups }: LinearWeight,
  outputs: Range,
  destination: Float32Array,
): void {
  for (const segment of segments) {
    const clipped = clipSegment(segment, outputs);
    if (clipped === undefined) continue;
    const target = destination.subarray((clipped.firstOutput - outputs.start) * inputs);
    if (groups === undefined || groups.size === groups.width) {
      weights.read(clipped.slice, target);
      continue;
    }
    const narrow = new Float32Array((rangeLength(clipped.slice.rows) * inputs * groups.size) / groups.width);
    weights.read(clipped.slice, narrow);
    spreadGroups(narrow, groups, target);
  }
}
