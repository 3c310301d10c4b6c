import { basename } from 'node:path';
import {
  type ActorFacts,
  type JobId,
  type NodeId,
  setProgramDirectory,
  setWorkerContext,
  type WorkerId,
} from '../../src/core/index.js';
import { RpcServer } from '../../src/rpc/index.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { setInheritedRuntimeEnv } from '../../src/runtime/runtime-env/inherited-runtime-env.js';
import type { CallHost } from './call-target.js';
import type { ExposedChannels } from './exposed-channels.js';
import type { ProcessIdentity } from './process-messages.js';
import { startProcessRuntime } from './process-runtime.js';
import { serveCalls } from './serve-calls.js';

/** What a process becomes, whether an actor or a worker for tasks. */
export interface ProcessPurpose extends ProcessIdentity {
  readonly jobId: string;
  readonly workerId: string;
  readonly gpuIds: readonly string[];
  readonly envVars: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

export interface ProcessServer {
  /** host:port. */
  readonly rpcAddress: string;
  readonly runtime: Runtime;
  /** Lets callers in: nobody is told the address before. */
  answer(host: CallHost): void;
}

/** Prepares the process for user code: its environment, its place in the cluster, and the server that answers others. */
export async function startProcessServer(
  purpose: ProcessPurpose,
  actor: ActorFacts | undefined,
  channels: ExposedChannels,
): Promise<ProcessServer> {
  enterEnvironment(purpose);
  let host: CallHost | undefined;
  const server = new RpcServer(purpose.credentials);
  server.addService('WorkerService', {
    call: (stream) => serveCalls(stream, host!, { objects: runtime.objects, cancelChildren }),
    objects: (stream) => runtime.objects.serve(stream),
    bridge: (stream) => channels.serve(stream),
  });
  const rpcAddress = `${purpose.host}:${await server.listen(purpose.host, 0)}`;
  const context = {
    ...purpose,
    rpcAddress,
    nodeId: purpose.nodeId as NodeId,
    jobId: purpose.jobId as JobId,
    workerId: purpose.workerId as WorkerId,
    actor,
  };
  setWorkerContext(context);
  const runtime = startProcessRuntime(context);
  const cancelChildren = (taskId: string): void => runtime.calls.ledger.cancelChildren(taskId);
  return {
    rpcAddress,
    runtime,
    answer: (answering) => {
      host = answering;
    },
  };
}

function enterEnvironment({ envVars, gpuIds, workingDirectory }: ProcessPurpose): void {
  Object.assign(process.env, envVars);
  // The agent unpacks a package into a folder that is named by its hash.
  setInheritedRuntimeEnv({ envVars, workingDir: workingDirectory && basename(workingDirectory) });
  if (gpuIds.length > 0) process.env['CUDA_VISIBLE_DEVICES'] = gpuIds.join(',');
  if (!workingDirectory) return;
  process.chdir(workingDirectory);
  setProgramDirectory(workingDirectory);
}
