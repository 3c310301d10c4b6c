import { emptyRuntimeEnv, type SentRuntimeEnv } from './runtime-env.js';

const key = Symbol.for('ray-ts.inherited-runtime-env');
const holder = globalThis as unknown as Record<symbol, SentRuntimeEnv | undefined>;

/**
 * Names what the actors and tasks that this process creates have around them, before they say more: in a driver the job's
 * environment, in a worker its own.
 */
export function setInheritedRuntimeEnv(runtimeEnv: SentRuntimeEnv): void {
  holder[key] = runtimeEnv;
}

export const inheritedRuntimeEnv = (): SentRuntimeEnv => holder[key] ?? emptyRuntimeEnv;
