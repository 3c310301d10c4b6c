/**
 * The engine core's thread. Between steps it takes the messages that have come; with nothing to do it sleeps on the bell.
 * Its event loop does not turn after the model is loaded, since steps block.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { invariant } from '../../core/index.js';
import { createExecutor } from '../executor/create-executor.js';
import { Scheduler } from '../scheduler/scheduler.js';
import { EngineCore } from './engine-core.js';
import type { ClientMessage, EngineCoreMessage, EngineCoreThreadData } from './engine-core-messages.js';
import { toErrorRecord } from './error-record.js';

function takeMessages(port: MessagePort): ClientMessage[] {
  const messages: ClientMessage[] = [];
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    messages.push(next.message as ClientMessage);
  }
  return messages;
}

/** Applies what the client sent; false when it asked to end. */
function applyMessages(core: EngineCore, messages: readonly ClientMessage[]): boolean {
  for (const message of messages) {
    switch (message.type) {
      case 'add':
        core.addRequest(message.request);
        break;
      case 'abort':
        for (const requestId of message.requestIds) core.abortRequest(requestId);
        break;
      case 'shutdown':
        return false;
    }
  }
  return true;
}

function runLoop(
  core: EngineCore,
  port: MessagePort,
  bell: Int32Array,
  post: (message: EngineCoreMessage) => void,
): void {
  for (;;) {
    const numRings = Atomics.load(bell, 0);
    if (!applyMessages(core, takeMessages(port))) return;
    if (core.hasWork()) {
      const outputs = core.step();
      if (outputs.length > 0) post({ type: 'outputs', outputs });
    } else {
      Atomics.wait(bell, 0, numRings);
    }
  }
}

async function main(port: MessagePort, { config, bell }: EngineCoreThreadData): Promise<void> {
  const post = (message: EngineCoreMessage) => port.postMessage(message);
  try {
    const executor = await createExecutor(config.executor, (progress) => post({ type: 'progress', progress }));
    const core = new EngineCore(new Scheduler(config.scheduler), executor);
    post({ type: 'ready' });
    try {
      runLoop(core, port, bell, post);
    } finally {
      core.shutdown();
    }
  } catch (error) {
    post({ type: 'failed', error: toErrorRecord(error) });
  }
}

invariant(parentPort !== null, 'the engine core is started as a thread');
await main(parentPort, workerData as EngineCoreThreadData);
