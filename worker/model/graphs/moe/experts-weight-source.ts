import type { WeightSlice, WeightSource } from '../../weights/index.js';

const EXPERT_PROJECTION =
  /^(?<experts>.*\.experts)\.(?<index>\d+)\.(?<projection>gate_proj|up_proj|down_proj)\.weight$/;

/**
 * Where an expert's projection lies in a checkpoint whose experts are stored together: `experts.gate_up_proj`
 * [numExperts, 2 × intermediateSize, hiddenSize], each expert's gate before its up projection, and `experts.down_proj`
 * [numExperts, hiddenSize, intermediateSize]. Rows count through all experts. Undefined for a slice of something else.
 */
export function fusedSlice(slice: WeightSlice, numExperts: number): WeightSlice | undefined {
  const { experts, index, projection } = EXPERT_PROJECTION.exec(slice.name)?.groups ?? {};
  const [outputs, inputs] = slice.shape;
  const [outputsFrom = '', inputsFrom = ''] = slice.shapeFrom ?? [];
  if (experts === undefined || outputs === undefined || inputs === undefined) return undefined;
  const isDown = projection === 'down_proj';
  const rowsPerExpert = isDown ? outputs : 2 * outputs;
  const firstRow = Number(index) * rowsPerExpert + (projection === 'up_proj' ? outputs : 0);
  return {
    ...slice,
    name: `${experts}.${isDown ? 'down_proj' : 'gate_up_proj'}`,
    shape: [numExperts, rowsPerExpert, inputs],
    ...(slice.shapeFrom && { shapeFrom: ['num_experts', isDown ? outputsFrom : `2 × ${outputsFrom}`, inputsFrom] }),
    rows: { start: firstRow + slice.rows.start, end: firstRow + slice.rows.end },
  };
}

export interface ExpertSpellings {
  readonly numExperts: number;
  /** The family's own name of a tensor, by the one that all families share in transformers 5. */
  readonly ownName: (name: string) => string;
}

/**
 * Shows a checkpoint under transformers 5's names with every expert's tensors apart (`mlp.experts.3.gate_proj.weight`),
 * whether it has these names, the family's own, or all experts of a layer in one tensor.
 */
export class ExpertsWeightSource implements WeightSource {
  readonly #weights: WeightSource;
  readonly #spellings: ExpertSpellings;

  /** Closing it closes `weights`. */
  constructor(weights: WeightSource, spellings: ExpertSpellings) {
    this.#weights = weights;
    this.#spellings = spellings;
  }

  has(name: string): boolean {
    return this.#weights.has(name) || this.#weights.has(this.#spellings.ownName(name));
  }

  read(slice: WeightSlice, destination: Float32Array): void {
    this.#weights.read(this.#stored(slice), destination);
  }

  readIntegers(slice: WeightSlice, destination: Int32Array): void {
    this.#weights.readIntegers(this.#stored(slice), destination);
  }

  close(): void {
    this.#weights.close();
  }

  /** What the checkpoint lacks in every spelling keeps the family's own name, for the error to tell. */
  #stored(slice: WeightSlice): WeightSlice {
    const { numExperts, ownName } = this.#spellings;
    const fused = fusedSlice(slice, numExperts);
    if (fused !== undefined && this.#weights.has(fused.name)) return fused;
    return this.#weights.has(slice.name) ? slice : { ...slice, name: ownName(slice.name) };
  }
}
