import { InvalidArgumentError as InvalidFlagError } from 'commander';
import { parseJsonObject } from '../parse-values.js';

const camelCase = (name: string): string =>
  name.replaceAll(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** vLLM's keys, `window_size`, or those of the engine, `windowSize`; what they may be is checked with the arguments. */
export function parseEplbConfig(text: string): Record<string, unknown> {
  const entries = Object.entries(parseJsonObject(text));
  return Object.fromEntries(entries.map(([name, value]) => [camelCase(name), value]));
}

/** `3`, or as vLLM also takes it, `{"mode": 3}`, whose `mode` was once called `level`. */
export function parseCompilationConfig(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const { mode, level, ...others } = parseJsonObject(text);
  const value = mode ?? level;
  if (typeof value === 'number' && Object.keys(others).length === 0) return value;
  throw new InvalidFlagError(`It must be 0, 1, 2, 3 or an object with mode alone, got '${text}'.`);
}
