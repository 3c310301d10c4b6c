import { removeSegments } from '../../src/channel/segment-path.js';
import { createLogger, toError, workerContext } from '../../src/core/index.js';
import { AgentLine } from './agent-line.js';
import type { AgentMessage } from './process-messages.js';
import { type StartedActor, startActor } from './start-actor.js';
import { type StartedWorker, startWorker } from './start-worker.js';

/**
 * The entry of a worker process. It waits, started ahead of need, until its agent makes it an actor or a worker for tasks,
 * and lives as long as the agent's IPC channel: when the agent is gone, so is it, with everything that it started.
 */

const logger = createLogger('worker');
const agent = new AgentLine();

type Role =
  | { readonly kind: 'idle' }
  | { readonly kind: 'actor'; readonly started: Promise<StartedActor> }
  | { readonly kind: 'worker'; readonly started: Promise<StartedWorker> };

let role: Role = { kind: 'idle' };

process.on('disconnect', () => {
  const context = workerContext();
  if (context?.actor) removeSegments(context.clusterId, context.actor.actorId);
  endProcessGroup();
});
process.on('SIGTERM', endProcessGroup);
// Ctrl-C in the terminal is the driver's to handle: it ends its actors in order.
process.on('SIGINT', () => undefined);
process.on('unhandledRejection', (reason) => {
  logger.error({ error: toError(reason).message, stack: toError(reason).stack }, 'unhandled rejection in the worker');
});
process.on('message', (message: AgentMessage) => {
  switch (message.kind) {
    case 'start-actor':
      if (role.kind === 'idle') role = { kind: 'actor', started: report(startActor(message, agent)) };
      break;
    case 'start-worker':
      if (role.kind === 'idle') role = { kind: 'worker', started: report(startWorker(message, agent)) };
      break;
    case 'grant-lease':
    case 'end-lease':
      onLease(message);
      break;
    case 'terminate':
      void terminate();
      break;
  }
});

function report<Started extends { readonly rpcAddress: string }>(starting: Promise<Started>): Promise<Started> {
  starting.then(
    ({ rpcAddress }) => agent.alive(rpcAddress),
    (error: unknown) => {
      process.stderr.write(`${toError(error).stack}\n`);
      agent.failed(error);
    },
  );
  return starting;
}

function onLease(message: Extract<AgentMessage, { kind: 'grant-lease' | 'end-lease' }>): void {
  if (role.kind !== 'worker') return;
  role.started.then(
    ({ leases }) => {
      if (message.kind === 'grant-lease') leases.grant(message.leaseId, message.placementGroupId);
      else leases.end(message.leaseId);
    },
    () => undefined, // reported where it was started
  );
}

/** Lets what waits run first. */
async function terminate(): Promise<void> {
  if (role.kind === 'actor') await (await role.started).whenIdle();
  agent.exiting('It was asked to end when its calls had run.');
}

/** The process leads its group (the agent starts it so): its children end with it. */
function endProcessGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}
