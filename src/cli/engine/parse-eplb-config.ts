import { parseJsonObject } from '../parse-values.js';

const camelCase = (name: string): string =>
  name.replaceAll(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** vLLM's keys, `window_size`, or those of the engine, `windowSize`; what they may be is checked with the arguments. */
export function parseEplbConfig(text: string): Record<string, unknown> {
  const entries = Object.entries(parseJsonObject(text));
  return Object.fromEntries(entries.map(([name, value]) => [camelCase(name), value]));
}
