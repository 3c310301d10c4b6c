/**
 * How deep the engine sleeps, as vLLM's levels: both let weights and KV cache go, and waking reads the weights again;
 * vLLM's level 1 keeps the weights in CPU memory, which is where they are here.
 */
export type SleepLevel = 1 | 2;

/** A call of the client to the engine core, apart from requests; taken between two steps. */
export type UtilityCall =
  | { readonly method: 'resetPrefixCache' }
  | { readonly method: 'sleep'; readonly level: SleepLevel }
  | { readonly method: 'wakeUp' }
  | { readonly method: 'stats' }
  /** Of every rank. */
  | { readonly method: 'checkHealth' }
  | {
      readonly method: 'collectiveRpc';
      readonly workerMethod: string;
      readonly args: readonly unknown[];
      /** Default no limit. Ranks in the engine core's thread answer between two steps, whatever it is. */
      readonly timeoutMs?: number | undefined;
    };
