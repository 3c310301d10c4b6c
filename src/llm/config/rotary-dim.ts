/** What of a RoPE's settings says how much of a head turns. */
interface RotaryShare {
  readonly type: string;
  readonly partialRotaryFactor?: number | undefined;
}

/**
 * The size that the frequencies are spread over: how many of a head's values are rotated, or one less when it is odd.
 * Proportional RoPE reaches all, some by no angle.
 */
export function rotaryDimOf({ type, partialRotaryFactor = 1 }: RotaryShare, headDim: number): number {
  return Math.floor(headDim * (type === 'proportional' ? 1 : partialRotaryFactor));
}

/** Each turns two values. Of an odd size there is one for the last value too, with the value behind it, as in transformers. */
export const numRotationsOf = (rotaryDim: number): number => Math.ceil(rotaryDim / 2);
