/** A quantized weight as MatMulIntegerToFloat takes it, inputs first: a value is q · its output's scale. */
export interface QuantizedChannels {
  /** int8 [inputs, outputs]. */
  readonly values: Int8Array;
  /** float32 [outputs]. */
  readonly scales: Float32Array;
}

const LARGEST = 127;

function largestMagnitude(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/**
 * Quantizes rows of `inputs` values each, float32 [rows, inputs], into the output `firstOutput` of `target` and those
 * after it.
 */
export function quantizeChannels(
  rows: Float32Array,
  inputs: number,
  target: QuantizedChannels,
  firstOutput: number,
): void {
  const numRows = rows.length / inputs;
  const numOutputs = target.scales.length;
  const inverses = new Float64Array(numRows);
  for (let row = 0; row < numRows; row++) {
    const scale = largestMagnitude(rows.subarray(row * inputs, (row + 1) * inputs)) / LARGEST;
    target.scales[firstOutput + row] = scale;
    inverses[row] = scale === 0 ? 0 : 1 / scale;
  }
  for (let input = 0; input < inputs; input++) {
    const offset = input * numOutputs + firstOutput;
    for (let row = 0; row < numRows; row++) {
      target.values[offset + row] = Math.round(rows[row * inputs + input]! * inverses[row]!);
    }
  }
}
