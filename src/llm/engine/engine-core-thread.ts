/**
 * The engine core's thread. Between steps it takes the messages that have come; with nothing to do it sleeps on the bell.
 * Its event loop turns only while a model or the first grammar is loaded, since steps block.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { invariant } from '../../core/index.js';
import { createExecutor } from '../executor/create-executor.js';
import { CheckedScheduler } from '../scheduler/checked-scheduler.js';
import { Scheduler } from '../scheduler/scheduler.js';
import type { SchedulerConfig } from '../scheduler/scheduler-config.js';
import { GrammarCache } from '../structured-output/grammar-cache.js';
import { XgrammarBackend } from '../structured-output/xgrammar-backend.js';
import { EngineCore } from './engine-core.js';
import { EngineCoreHost } from './engine-core-host.js';
import type { ClientMessage, EngineCoreMessage, EngineCoreThreadData } from './engine-core-messages.js';
import type { EngineCoreRequest } from './engine-core-request.js';
import { toErrorRecord } from './error-record.js';
import { giveGrammars } from './give-grammars.js';
import { processTime } from './request-admissions.js';

function takeMessages(port: MessagePort): ClientMessage[] {
  const messages: ClientMessage[] = [];
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    messages.push(next.message as ClientMessage);
  }
  return messages;
}

type Post = (message: EngineCoreMessage) => void;

interface EngineCoreParts {
  readonly host: EngineCoreHost;
  readonly grammars: GrammarCache;
}

async function answerCall(
  host: EngineCoreHost,
  { callId, call }: Extract<ClientMessage, { type: 'utility' }>,
  post: Post,
): Promise<void> {
  try {
    post({ type: 'utility-result', callId, result: await host.call(call) });
  } catch (error) {
    post({ type: 'utility-error', callId, error: toErrorRecord(error) });
  }
}

/** A request that is refused, such as by a core that sleeps, fails alone. */
function addRequest(host: EngineCoreHost, request: EngineCoreRequest, post: Post): void {
  try {
    host.addRequest(request);
  } catch (error) {
    post({ type: 'request-failed', requestId: request.requestId, error: toErrorRecord(error) });
  }
}

/** Applies what the client sent, in its order; false when it asked to end. */
async function applyMessages(
  { host, grammars }: EngineCoreParts,
  messages: readonly ClientMessage[],
  post: Post,
): Promise<boolean> {
  for (const message of messages) {
    switch (message.type) {
      case 'add':
        addRequest(host, message.request, post);
        break;
      case 'vocabulary':
        grammars.setVocabulary(message.vocabulary);
        break;
      case 'abort':
        for (const requestId of message.requestIds) host.abortRequest(requestId);
        break;
      case 'utility':
        await answerCall(host, message, post);
        break;
      case 'shutdown':
        return false;
    }
  }
  return true;
}

function step(core: EngineCore, post: Post): void {
  const outputs = core.step();
  for (const { requestId, error } of core.takeFailures()) {
    post({ type: 'request-failed', requestId, error: toErrorRecord(error) });
  }
  if (outputs.length === 0) return;
  const admissions = core.takeAdmissions();
  post({ type: 'outputs', step: { outputs, admissions, stats: core.stats(), time: processTime() } });
}

async function runLoop(parts: EngineCoreParts, port: MessagePort, bell: Int32Array, post: Post): Promise<void> {
  const { host, grammars } = parts;
  for (;;) {
    const numRings = Atomics.load(bell, 0);
    const messages = takeMessages(port);
    if (messages.length > 0 && !(await applyMessages(parts, messages, post))) return;
    const core = host.busyCore;
    if (core === undefined) {
      Atomics.wait(bell, 0, numRings);
      continue;
    }
    if (core.scheduler.awaitingGrammar.length > 0) await giveGrammars(core.scheduler, grammars);
    step(core, post);
  }
}

/** RAY_TS_CHECK_INVARIANTS=1 has the scheduler check itself after every step. */
function createScheduler(config: SchedulerConfig): Scheduler {
  return process.env['RAY_TS_CHECK_INVARIANTS'] === '1' ? new CheckedScheduler(config) : new Scheduler(config);
}

async function main(port: MessagePort, { config, bell }: EngineCoreThreadData): Promise<void> {
  const post: Post = (message) => port.postMessage(message);
  try {
    const host = await EngineCoreHost.start(config.executor, async () => {
      const executor = await createExecutor(config.executor, (progress) => post({ type: 'progress', progress }));
      return new EngineCore(createScheduler(config.scheduler), executor);
    });
    post({ type: 'ready' });
    const grammars = new GrammarCache((vocabulary) => XgrammarBackend.load(vocabulary));
    try {
      await runLoop({ host, grammars }, port, bell, post);
    } finally {
      host.shutdown();
    }
  } catch (error) {
    post({ type: 'failed', error: toErrorRecord(error) });
  }
}

invariant(parentPort !== null, 'the engine core is started as a thread');
await main(parentPort, workerData as EngineCoreThreadData);
