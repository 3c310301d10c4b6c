import { Command } from 'commander';
import type { EngineArgs } from '../llm/index.js';
import { addOneEngineFlags } from './engine/model-flags.js';
import { addParallelFlags } from './engine/parallel-flags.js';

/** Adds a flag for every engine argument; names and meanings are vLLM's. */
export const addEngineFlags = (command: Command): Command => addParallelFlags(addOneEngineFlags(command));

/** Of one flag set; `seed` is the caller's, which has one flag for engine and sampling. */
export type EngineFlags = Omit<EngineArgs, 'seed' | 'servedModelName' | 'disableLogStats'>;

const ENGINE_FLAG_NAMES = [
  ...new Set(addEngineFlags(new Command()).options.map((option) => option.attributeName())),
] as (keyof EngineFlags)[];

/** The engine arguments among the flags of a command, only those that were given. */
export function engineArgsOf(flags: EngineFlags): EngineFlags {
  return Object.fromEntries(
    ENGINE_FLAG_NAMES.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
  ) as unknown as EngineFlags;
}
