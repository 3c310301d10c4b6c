import { InvalidArgumentError } from '../../../../../src/core/index.js';
import type { EngineCoreLink } from '../../../../../src/llm/engine/engine-core-link.js';
import type { ClientMessage, EngineCoreMessage } from '../../../../../src/llm/engine/engine-core-messages.js';
import { rankCallingLink } from '../../../../../src/llm/engine/rank-calling-link.js';
import type { UtilityCall } from '../../../../../src/llm/engine/utility-call.js';
import type { LaunchedExecutor } from '../../../../../src/llm/executor/executor-launcher.js';

describe('a link to an engine core with ranks elsewhere', () => {
  const call: UtilityCall = { method: 'collectiveRpc', workerMethod: 'describe', args: [1], timeoutMs: 5 };

  function open(executor: Partial<LaunchedExecutor>) {
    const posted: ClientMessage[] = [];
    const heard: EngineCoreMessage[] = [];
    const nothing = (): void => undefined;
    const core: EngineCoreLink = {
      listen: nothing,
      post: (message) => posted.push(message),
      ref: nothing,
      unref: nothing,
      terminate: nothing,
    };
    const link = rankCallingLink(core, executor as LaunchedExecutor);
    link.listen({ onMessage: (message) => heard.push(message), onEnd: nothing });
    return { link, posted, heard };
  }

  it('has the ranks answer calls of worker methods', async () => {
    const { link, posted, heard } = open({ collectiveRpc: async (...given) => given });
    link.post({ type: 'utility', callId: 7, call });
    await Promise.resolve();
    expect(heard).toEqual([{ type: 'utility-result', callId: 7, result: ['describe', [1], 5] }]);
    expect(posted).toEqual([]);
  });

  it('passes on what a rank fails with', async () => {
    const { link, heard } = open({ checkHealth: () => Promise.reject(new InvalidArgumentError('rank 1 is unwell')) });
    link.post({ type: 'utility', callId: 8, call: { method: 'checkHealth' } });
    await new Promise(process.nextTick);
    expect(heard).toMatchObject([{ type: 'utility-error', callId: 8, error: { message: 'rank 1 is unwell' } }]);
  });

  it('leaves to the engine core what is its own, and all calls where the ranks are its own', () => {
    const { link, posted } = open({});
    const messages: ClientMessage[] = [
      { type: 'utility', callId: 1, call },
      { type: 'utility', callId: 2, call: { method: 'stats' } },
      { type: 'shutdown' },
    ];
    for (const message of messages) link.post(message);
    expect(posted).toEqual(messages);
  });
});
