import type { RayError } from '../../../../../src/core/index.js';
import type { EngineCoreLink, LinkListener } from '../../../../../src/llm/engine/engine-core-link.js';
import type { ClientMessage, EngineCoreMessage } from '../../../../../src/llm/engine/engine-core-messages.js';
import { toErrorRecord } from '../../../../../src/llm/engine/error-record.js';

/** An engine core that a test plays: what it was sent, and what it says. It ends when it is asked to. */
export class ScriptedLink implements EngineCoreLink {
  readonly sent: ClientMessage[] = [];
  #listener: LinkListener | undefined;
  #hasEnded = false;

  listen(listener: LinkListener): void {
    this.#listener = listener;
  }

  post(message: ClientMessage): void {
    this.sent.push(message);
    if (message.type === 'shutdown') this.end();
  }

  say(message: EngineCoreMessage): void {
    this.#listener?.onMessage(message);
  }

  ready(): void {
    this.say({ type: 'ready' });
  }

  /** A step that gave the request a token. */
  step(requestId: string, { isLast = false, numWaiting = 0, numRunning = 1 } = {}): void {
    const output = { requestId, newTokenIds: [7], newLogprobs: [], stopReason: undefined };
    const stats = {
      numWaitingRequests: numWaiting,
      numRunningRequests: numRunning,
      numPreemptions: 0,
      kvCacheUsage: 0,
      prefixCacheQueries: 0,
      prefixCacheHits: 0,
    };
    const outputs = [{ ...output, finishReason: isLast ? ('length' as const) : undefined }];
    this.say({ type: 'outputs', step: { outputs, admissions: [], stats, time: 0 } });
  }

  /** Answers the calls that it was sent and has not answered. */
  answer(result: unknown): void {
    for (const message of this.sent.splice(0)) {
      if (message.type === 'utility') this.say({ type: 'utility-result', callId: message.callId, result });
    }
  }

  failToLoad(error: RayError): void {
    this.say({ type: 'failed', error: toErrorRecord(error) });
  }

  end(error?: RayError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    queueMicrotask(() => this.#listener?.onEnd(error));
  }

  ref(): void {
    // Nothing here keeps the process alive.
  }

  unref(): void {
    // As above.
  }

  terminate(): void {
    this.end();
  }

  idsOf(type: 'add' | 'abort'): string[] {
    return this.sent.flatMap((message) => {
      if (message.type === 'add' && type === 'add') return message.request.requestId;
      return message.type === 'abort' && type === 'abort' ? message.requestIds : [];
    });
  }
}
