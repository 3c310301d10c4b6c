import type { AgentLine } from './agent-line.js';
import { ExposedChannels } from './exposed-channels.js';
import { loadDefinition } from './load-definition.js';
import type { StartWorkerMessage } from './process-messages.js';
import { startProcessServer } from './process-server.js';
import { ServedLeases } from './served-leases.js';

/** A worker that runs the tasks of leases. */
export interface StartedWorker {
  /** host:port. */
  readonly rpcAddress: string;
  readonly leases: ServedLeases;
}

/** Makes this process a worker for tasks. */
export async function startWorker(message: StartWorkerMessage, agent: AgentLine): Promise<StartedWorker> {
  const server = await startProcessServer(message, undefined, new ExposedChannels());
  const leases: ServedLeases = new ServedLeases({
    load: (definition) => loadDefinition(definition, message.workingDirectory),
    onBlocked: (leaseId, isBlocked) => agent.blocked(leaseId, isBlocked),
    onRunning: (name) => agent.running(name, () => leases.numRunning === 0),
  });
  server.answer(leases);
  process.title = 'ray-ts: task worker';
  return { rpcAddress: server.rpcAddress, leases };
}
