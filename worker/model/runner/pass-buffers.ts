import type { Pass } from '../../../src/llm/step-plan.js';
import { Memory } from '../ort/index.js';
import type { Range } from '../weights/index.js';

/** One of two buffers that take turns: a cut reads one and writes the other. */
export type Turn = 0 | 1;

export const otherTurn = (turn: Turn): Turn => (turn === 0 ? 1 : 0);

const INT32_BYTES = 4;
const INT64_BYTES = 8;
const FLOAT_BYTES = 4;

export interface PassBufferSizes {
  readonly maxNumBatchedTokens: number;
  readonly numSlots: number;
  readonly hiddenSize: number;
}

/** The inputs of a rank's pass and its residual stream, at addresses that stay the same, large enough for any pass. */
export class PassBuffers {
  /** int64 [rows, tokens]. */
  readonly tokenIds: Memory;
  /** int32 [rows]. */
  readonly lastPositions: Memory;
  /** int32 scalar. */
  readonly totalLength: Memory;
  /** float32 [rows, tokens, hiddenSize] each. */
  readonly hiddenStates: readonly [Memory, Memory];
  /** Low and high word of every int64 in turn; token ids are positive and fit the low one. */
  readonly #tokenIdWords: Int32Array;
  readonly #lastPositionValues: Int32Array;
  readonly #totalLengthValue: Int32Array;
  readonly #hiddenStateValues: readonly [Float32Array, Float32Array];

  constructor({ maxNumBatchedTokens, numSlots, hiddenSize }: PassBufferSizes) {
    const numHiddenValues = maxNumBatchedTokens * hiddenSize;
    this.tokenIds = Memory.allocate(maxNumBatchedTokens * INT64_BYTES);
    this.lastPositions = Memory.allocate(numSlots * INT32_BYTES);
    this.totalLength = Memory.allocate(INT32_BYTES);
    this.hiddenStates = [
      Memory.allocate(numHiddenValues * FLOAT_BYTES),
      Memory.allocate(numHiddenValues * FLOAT_BYTES),
    ];
    this.#tokenIdWords = this.tokenIds.int32(0, 2 * maxNumBatchedTokens);
    this.#lastPositionValues = this.lastPositions.int32(0, numSlots);
    this.#totalLengthValue = this.totalLength.int32(0, 1);
    const [first, second] = this.hiddenStates;
    this.#hiddenStateValues = [first.float32(0, numHiddenValues), second.float32(0, numHiddenValues)];
  }

  /** Positions of the rows' last tokens, and the longest row with this pass. */
  writeLengths({ numRows, tokensPerRow, numComputedTokens }: Pass): void {
    let totalLength = 0;
    for (let row = 0; row < numRows; row++) {
      const length = numComputedTokens[row]! + tokensPerRow;
      this.#lastPositionValues[row] = length - 1;
      totalLength = Math.max(totalLength, length);
    }
    this.#totalLengthValue[0] = totalLength;
  }

  /**
   * Writes token ids as rows of the rank's part of the embedding, which holds the tokens of `vocabulary` and, as row
   * `absentRow`, zeros for all others.
   */
  writeTokenIds({ tokenIds }: Pass, { start, end }: Range, absentRow: number): void {
    for (let index = 0; index < tokenIds.length; index++) {
      const tokenId = tokenIds[index]!;
      this.#tokenIdWords[2 * index] = tokenId >= start && tokenId < end ? tokenId - start : absentRow;
    }
  }

  /** What the previous stage computed: the residual stream that the first cut reads. */
  writeHiddenStates(values: Float32Array): void {
    this.#hiddenStateValues[0].set(values);
  }

  /** The first `length` values of a buffer of the residual stream; overwritten by the next pass. */
  readHiddenStates(turn: Turn, length: number): Float32Array {
    return this.#hiddenStateValues[turn].subarray(0, length);
  }

  close(): void {
    for (const memory of [this.tokenIds, this.lastPositions, this.totalLength, ...this.hiddenStates]) memory.close();
  }
}
