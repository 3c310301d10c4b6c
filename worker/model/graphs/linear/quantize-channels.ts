/** A quantized weight as MatMulIntegerToFloat takes it, inputs first: a value is q · its output's scale. */
export interface QuantizedChannels {
  /** int8 [inputs, outputs]. */
  readonly values: Int8Array;
  /** float32 [outputs]. */
  readonly scales: Float32Array;
}

const LARGEST = 127;

function largestMagnitude(values: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
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
  { values, scales }: QuantizedChannels,
  firstOutput: number,
): void {
  const numOutputs = scales.length;
  for (let row = 0; row * inputs < rows.length; row++) {
    const [start, end] = [row * inputs, (row + 1) * inputs];
    const scale = largestMagnitude(rows, start, end) / LARGEST;
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[firstOutput + row] = scale;
    let offset = firstOutput + row;
    // Truncation rounds to the nearest here, as every sum is above 0; Math.round takes four times as long.
    for (let i = start; i < end; i++, offset += numOutputs) values[offset] = ((rows[i]! * inverse + 128.5) | 0) - 128;
  }
}
