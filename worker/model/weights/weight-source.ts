import type { Range } from './tensor-parallel-slice.js';

/** A rectangle of a tensor of the checkpoint. */
export interface WeightSlice {
  /** The checkpoint's name of the tensor, as `model.layers.0.self_attn.q_proj.weight`. */
  readonly name: string;
  /**
   * Full shape that the model's config asks for: [rows, columns], or [rows] for norms and biases. Of [matrices, rows,
   * columns], rows are counted through all matrices.
   */
  readonly shape: readonly number[];
  /** The fields of config.json that each dim of `shape` follows from, to be named in errors: ['vocab_size', 'hidden_size']. */
  readonly shapeFrom?: readonly string[];
  readonly rows: Range;
  /** Left out: all of them. */
  readonly columns?: Range;
}

/** Values of one row. */
export const rowLengthOf = ({ shape }: WeightSlice): number => (shape.length > 1 ? shape.at(-1)! : 1);

/** Where a model's weights come from. */
export interface WeightSource {
  /** Whether there is a tensor of that name. */
  has(name: string): boolean;
  /**
   * Writes the slice as float32, row-major, to the start of `destination`, which may be longer.
   * @throws {ModelLoadError} when the tensor is missing, has another shape, or its file is damaged.
   */
  read(slice: WeightSlice, destination: Float32Array): void;
  /**
   * As {@link read}, of 32-bit integers as they are stored.
   * @throws {ModelLoadError} also when the tensor is of another type.
   */
  readIntegers(slice: WeightSlice, destination: Int32Array): void;
  /** Gives files back. Nothing that was read refers to the source. */
  close(): void;
}
