export interface StopMatch {
  readonly stop: string;
  /** Where the stop string begins in the text. */
  readonly index: number;
}

/**
 * The stop string that begins first; of two at one place, the one named first.
 * @param numSeen characters at the beginning in which none is looked for: what is found ends behind them.
 */
export function findStop(text: string, stops: readonly string[], numSeen: number): StopMatch | undefined {
  const matches = stops
    .map((stop) => ({ stop, index: text.indexOf(stop, Math.max(0, numSeen - stop.length + 1)) }))
    .filter(({ index }) => index !== -1);
  return matches.reduce<StopMatch | undefined>(
    (first, match) => (first === undefined || match.index < first.index ? match : first),
    undefined,
  );
}

/** Characters at the end of `text` that may be the beginning of a stop string, so must not be shown yet. */
export function heldBackLength(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map((stop) => stop.length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(text.length - length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}
