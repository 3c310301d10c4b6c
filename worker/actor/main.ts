import { removeSegments } from '../../src/channel/segment-path.js';
import { actorContext, createLogger, toError } from '../../src/core/index.js';
import { type ErrorDetail, messageCodec, toErrorDetail } from '../../src/rpc/index.js';
import type { ActorProcessMessage, StartActorMessage } from './process-messages.js';
import { startActor } from './start-actor.js';

/**
 * The entry of an actor process. It waits, started ahead of need, until its agent gives it an actor, and lives as long as
 * the agent's IPC channel: when the agent is gone, so is it, with everything that it started.
 */

const logger = createLogger('actor');
const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');

let state: 'idle' | 'started' = 'idle';

process.on('disconnect', () => {
  const context = actorContext();
  if (context) removeSegments(context.clusterId, context.actorId);
  endProcessGroup();
});
process.on('SIGTERM', endProcessGroup);
// Ctrl-C in the terminal is the driver's to handle: it ends its actors in order.
process.on('SIGINT', () => undefined);
process.on('unhandledRejection', (reason) => {
  logger.error({ error: toError(reason).message, stack: toError(reason).stack }, 'unhandled rejection in the actor');
});
process.on('message', (message: StartActorMessage) => {
  if (state === 'started') return;
  state = 'started';
  startActor(message).then(
    (rpcAddress) => tellAgent({ kind: 'alive', rpcAddress }),
    (error: unknown) => {
      process.stderr.write(`${toError(error).stack}\n`);
      tellAgent({ kind: 'failed', error: detailCodec.encode(toErrorDetail(error)) });
    },
  );
});

function tellAgent(message: ActorProcessMessage): void {
  if (process.connected) process.send?.(message);
}

/** The process leads its group (the agent starts it so): its children end with it. */
function endProcessGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}
