import type { LaunchedExecutor } from '../executor/executor-launcher.js';
import type { EngineCoreLink, LinkListener } from './engine-core-link.js';
import type { ClientMessage } from './engine-core-messages.js';
import { toErrorRecord } from './error-record.js';

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
    post: (message: ClientMessage) => {
      if (message.type !== 'utility' || message.call.method !== 'collectiveRpc') return link.post(message);
      const { workerMethod, args } = message.call;
      const result = executor.collectiveRpc?.(workerMethod, args);
      if (result === undefined) link.post(message);
      else answer(message.callId, result);
    },
    ref: () => link.ref(),
    unref: () => link.unref(),
    terminate: () => link.terminate(),
  };
}
