import { Deferred, InternalError, type RayError } from '../../../src/core/index.js';
import { type ErrorDetail, fromErrorDetail, messageCodec } from '../../../src/rpc/index.js';
import type { ActorProcessMessage } from '../../actor/process-messages.js';
import type { HostedProcess } from '../hosted-process.js';
import type { NodeContext } from '../node-context.js';
import { environmentKey, type ProcessEnvironment } from '../process-environment.js';
import type { ProcessExit } from '../worker-process.js';

/** From the start of a process to its word that it is up. @source Ray's worker_register_timeout_seconds */
const START_TIMEOUT_MS = 60_000;

const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');

export interface TaskWorkerPurpose {
  readonly jobId: string;
  readonly environment: ProcessEnvironment;
  /** Those of its first lease; a worker with GPUs has no second one. */
  readonly gpuIds: readonly string[];
}

/** Which leases may share a worker, one after the other: those of one job and environment. */
export const workerKey = ({ jobId, environment }: Pick<TaskWorkerPurpose, 'jobId' | 'environment'>): string =>
  `${jobId} ${environmentKey(environment)}`;

/** Who has a worker now: a lease, or the pool of idle ones. */
export interface TaskWorkerUser {
  readonly onExit: (exit: ProcessExit) => void;
  /** The tasks of a lease wait for others, or go on. */
  readonly onBlocked?: (leaseId: string, isBlocked: boolean) => void;
}

/** A process that runs tasks, for one lease at a time. */
export class TaskWorker {
  readonly process: HostedProcess;
  readonly purpose: TaskWorkerPurpose;
  /** host:port where it answers calls. Rejects when it does not come up. */
  readonly rpcAddress: Promise<string>;
  user: TaskWorkerUser | undefined;
  /** The task that runs now, as far as the worker has said. */
  taskName = '';
  readonly #up = new Deferred<string>();

  constructor(node: NodeContext, purpose: TaskWorkerPurpose) {
    this.purpose = purpose;
    this.process = node.takeProcess(purpose.environment);
    this.rpcAddress = this.#up.promise;
    const { jobId, environment, gpuIds } = purpose;
    const { envVars, workingDirectory } = environment;
    const { process } = this;
    process.onMessage((message) => this.#onMessage(message));
    process.onExit((exit) => {
      this.#up.reject(this.#failure('ended before it was up'));
      node.finishLogs(process);
      this.user?.onExit(exit);
    });
    node.followLogs(process, { jobId, source: () => this.taskName, actorName: '' });
    const timer = setTimeout(() => {
      this.#up.reject(this.#failure(`was not up within ${START_TIMEOUT_MS / 1_000} s`));
      process.kill();
    }, START_TIMEOUT_MS).unref();
    const settled = (): void => clearTimeout(timer);
    this.rpcAddress.then(settled, settled);
    const { workerId } = process;
    process.send({ kind: 'start-worker', jobId, workerId, gpuIds, envVars, workingDirectory, ...node.identity });
  }

  #onMessage(message: ActorProcessMessage): void {
    switch (message.kind) {
      case 'alive':
        this.#up.resolve(message.rpcAddress);
        break;
      case 'running':
        this.taskName = message.name;
        break;
      case 'blocked':
      case 'unblocked':
        this.user?.onBlocked?.(message.leaseId, message.kind === 'blocked');
        break;
      case 'failed':
        this.#up.reject(fromErrorDetail(detailCodec.decode(message.error)));
        this.process.kill();
        break;
      case 'exiting':
        break;
    }
  }

  #failure(what: string): RayError {
    return new InternalError(
      `The worker process ${this.process.pid} ${what}. Its log, ${this.process.errPath}, says more.`,
    );
  }
}
