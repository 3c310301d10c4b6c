import type { LaunchedExecutor } from '../executor/executor-launcher.js';
import type { EngineCoreLink, LinkListener } from './engine-core-link.js';
import { toErrorRecord } from './error-record.js';
import type { UtilityCall } from './utility-call.js';

/** What the ranks answer; undefined for calls that are the engine core's, and where it holds the ranks itself. */
function askRanks(executor: LaunchedExecutor, call: UtilityCall): Promise<unknown> | undefined {
  switch (call.method) {
    case 'collectiveRpc':
      return executor.collectiveRpc?.(call.workerMethod, call.args, call.timeoutMs);
    case 'checkHealth':
      return executor.checkHealth?.();
    default:
      return undefined;
  }
}

/**
 * A link to an engine core whose ranks are processes: calls of worker methods go to the ranks themselves, beside the engine
 * core, which blocks while they compute.
 */
export function rankCallingLink(link: EngineCoreLink, executor: LaunchedExecutor): EngineCoreLink {
  let listener: LinkListener | undefined;
  const answer = (callId: number, result: Promise<unknown>): void => {
    result.then(
      (value) => listener?.onMessage({ type: 'utility-result', callId, result: value }),
      (error: unknown) => listener?.onMessage({ type: 'utility-error', callId, error: toErrorRecord(error) }),
    );
  };
  return {
    listen: (given) => {
      listener = given;
      link.listen(given);
    },
    post: (message) => {
      const result = message.type === 'utility' ? askRanks(executor, message.call) : undefined;
      if (message.type === 'utility' && result !== undefined) answer(message.callId, result);
      else link.post(message);
    },
    ref: () => link.ref(),
    unref: () => link.unref(),
    terminate: () => link.terminate(),
  };
}
