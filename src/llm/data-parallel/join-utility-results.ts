import type { UtilityCall } from '../engine/utility-call.js';

/**
 * One answer from those of all engine cores, in their order: the workers' of all, whether all forgot their prefixes, and the
 * first one's of everything else (vLLM returns the first in any case).
 */
export function joinUtilityResults(call: UtilityCall, results: readonly unknown[]): unknown {
  switch (call.method) {
    case 'collectiveRpc':
      return results.flat(1);
    case 'resetPrefixCache':
      return results.every((wasReset) => wasReset === true);
    default:
      return results[0];
  }
}
