/** Holds a step's hidden states for the next stage: one array per pass, used again by every step. */
export class HiddenStatesOutput {
  readonly #arrays: Float32Array[] = [];

  /** Copies the values of pass `index`. The result is valid until the same pass of the next step. */
  keep(index: number, values: Float32Array): Float32Array {
    let array = this.#arrays[index];
    if (array === undefined || array.length < values.length) {
      array = new Float32Array(values.length);
      this.#arrays[index] = array;
    }
    array.set(values);
    return array.subarray(0, values.length);
  }
}
