/**
 * The entry of an engine core's process. It launches the executor and the engine core's thread, and passes messages on
 * between the thread and the client. It ends when the client says so, and when the client's process is gone.
 */
import { Deferred, EngineDeadError } from '../../core/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import { chooseExecutorLauncher } from '../executor/choose-executor.js';
import type { LaunchedExecutor } from '../executor/executor-launcher.js';
import type { EngineCoreLink } from './engine-core-link.js';
import type { EngineCoreMessage } from './engine-core-messages.js';
import type { EngineCoreProcessMessage } from './engine-core-process-messages.js';
import { startEngineCoreThread } from './engine-core-thread-link.js';
import { toErrorRecord } from './error-record.js';
import { rankCallingLink } from './rank-calling-link.js';

/** When the client's process is gone, ranks have so long to be told; then what is left ends with this process. */
const ORPHAN_GRACE_MS = 2_000;

interface Serving {
  readonly kind: 'serving';
  readonly executor: LaunchedExecutor;
  readonly link: EngineCoreLink;
  readonly threadEnded: Promise<void>;
}

/** Only the client has it end: after its thread has failed, the rank that caused it is still to be heard of. */
type State = { readonly kind: 'launching' } | Serving | { readonly kind: 'ending' };

let state: State = { kind: 'launching' };

function post(message: EngineCoreMessage): void {
  // The error of a client that is gone goes to the callback; its disconnection is what is acted on.
  process.send?.(message, undefined, undefined, () => undefined);
}

const postFailure = (error: unknown): void => post({ type: 'failed', error: toErrorRecord(error) });

async function launch(config: EngineConfig): Promise<void> {
  const launcher = await chooseExecutorLauncher(config);
  const executor = await launcher.launch(config, {
    onProgress: (progress) => post({ type: 'progress', progress }),
    onLog: (line) => post({ type: 'log', line }),
  });
  const thread = startEngineCoreThread({ executor: executor.config, scheduler: config.scheduler });
  const link = rankCallingLink(thread, executor);
  state = { kind: 'serving', executor, link, threadEnded: passMessagesOn(link, executor) };
  executor.onRankFailure(postFailure);
}

/** @returns resolves when the thread has ended, of which the client hears unless it has heard of a failure before. */
function passMessagesOn(link: EngineCoreLink, executor: LaunchedExecutor): Promise<void> {
  const ended = new Deferred<void>();
  let hasFailed = false;
  link.listen({
    onMessage: (message) => {
      hasFailed ||= message.type === 'failed';
      if (message.type !== 'ready') post(message);
      else executor.sealChannels().then(() => post(message), postFailure);
    },
    onEnd: (error) => {
      if (error !== undefined || !hasFailed) postFailure(error ?? new EngineDeadError('The engine core ended.'));
      ended.resolve();
    },
  });
  return ended.promise;
}

/** What is still being launched ends with the process that launches it. */
async function end(): Promise<void> {
  if (state.kind === 'ending') return;
  const before = state;
  state = { kind: 'ending' };
  if (before.kind === 'serving') {
    before.link.post({ type: 'shutdown' });
    await before.threadEnded;
    await before.executor.shutdown();
  }
  process.exit();
}

function receive(message: EngineCoreProcessMessage): void {
  if (message.type === 'start') launch(message.config).catch(postFailure);
  else if (message.type === 'shutdown') void end();
  else if (state.kind === 'serving') state.link.post(message);
}

process.on('message', receive);
process.on('disconnect', () => {
  void end();
  // Not an exit, which would wait for a thread that computes.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_GRACE_MS);
});
// Ctrl-C in the terminal is the client's to handle: it ends its engine cores in order.
process.on('SIGINT', () => undefined);
