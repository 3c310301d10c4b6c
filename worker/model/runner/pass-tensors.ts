import type { TensorParallelGroup } from '../../../src/channel/tensor-parallel-group.js';
import { invariant } from '../../../src/core/index.js';
import type { PassValue } from '../graphs/index.js';
import type { SlotCache } from '../kv/slot-cache.js';
import type { PlacedMemory, TensorSpec } from '../ort/index.js';
import type { ExpertCounts } from './expert-counts.js';
import type { PassBuffers, Turn } from './pass-buffers.js';
import type { PassShape } from './pass-shape.js';
import type { RotaryTables } from './rotary-memory.js';

/** All memory that one rank's graphs read and write. */
export interface RankMemory {
  readonly buffers: PassBuffers;
  readonly kvCache: SlotCache;
  readonly rotary: RotaryTables;
  /** On a device, where a cut leaves the residual stream for the next one; without it that is a buffer of the host. */
  readonly deviceHiddenStates?: PlacedMemory | undefined;
  readonly group: TensorParallelGroup;
  /** Where the load of experts is counted. */
  readonly expertCounts?: ExpertCounts | undefined;
}

/** Sizes of one rank's tensors that don't change from pass to pass. */
export interface RankDims {
  readonly rank: number;
  /** The model's layer that is the first of the cache. */
  readonly firstLayer: number;
  readonly hiddenSize: number;
  /** As the cache holds it: `attentionHeadDim` of the model. */
  readonly headDim: number;
  readonly maxModelLen: number;
  readonly numKeyValueHeads: number;
  readonly vocabularyWidth: number;
}

/** Which buffers a value is in at a point of the chain of cuts. */
export interface BufferTurns {
  readonly hiddenStates: Turn;
  readonly partialSums: Turn;
}

const FLOAT_BYTES = 4;

/** Where a value of a pass lies, and its dims. */
export function describeTensor(
  value: PassValue,
  shape: PassShape,
  turns: BufferTurns,
  dims: RankDims,
  { buffers, kvCache, rotary, group, deviceHiddenStates, expertCounts }: RankMemory,
): TensorSpec {
  const { numRows, tokensPerRow, firstToken = 0 } = shape;
  const float32 = ({ address, place = 'host' }: PlacedMemory, ...tensorDims: number[]): TensorSpec => ({
    dtype: 'float32',
    dims: tensorDims,
    address,
    place,
  });
  const hidden = ({ address, place = 'host' }: PlacedMemory): TensorSpec =>
    float32(
      { address: address + BigInt(firstToken * dims.hiddenSize * FLOAT_BYTES), place },
      numRows,
      tokensPerRow,
      dims.hiddenSize,
    );
  const cache = [numRows, dims.numKeyValueHeads, dims.maxModelLen, dims.headDim];
  switch (value.kind) {
    case 'token-ids':
      return { dtype: 'int64', dims: [numRows, tokensPerRow], address: buffers.tokenIds.address };
    case 'hidden-states':
      return hidden(
        (turns.hiddenStates === 1 ? deviceHiddenStates : undefined) ?? buffers.hiddenStates[turns.hiddenStates],
      );
    case 'partial-sum':
      return hidden(group.partialSums(turns.partialSums, value.rank));
    case 'last-positions':
      return { dtype: 'int32', dims: [numRows], address: buffers.lastPositions.address };
    case 'total-length':
      return { dtype: 'int32', dims: [], address: buffers.totalLength.address };
    case 'rotary-cos':
      return float32(rotary.tables(value.layers).cos, dims.maxModelLen, dims.headDim / 2);
    case 'rotary-sin':
      return float32(rotary.tables(value.layers).sin, dims.maxModelLen, dims.headDim / 2);
    case 'key-cache':
      return float32(kvCache.keys(value.layer - dims.firstLayer, shape), ...cache);
    case 'value-cache':
      return float32(kvCache.values(value.layer - dims.firstLayer, shape), ...cache);
    case 'expert-counts':
      invariant(expertCounts !== undefined, 'ranks whose graphs count have room for the counts');
      return {
        dtype: 'int64',
        dims: [expertCounts.numExperts],
        address: expertCounts.address(value.layer - dims.firstLayer),
      };
    case 'logits':
      return float32(group.logits(dims.rank), numRows, dims.vocabularyWidth);
  }
}
