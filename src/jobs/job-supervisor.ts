import { join } from 'node:path';
import {
  createLogger,
  IllegalStateError,
  programDirectory,
  toError,
  type WorkerContext,
  workerContext,
} from '../core/index.js';
import { readLastLines } from '../process/index.js';
import { inheritedRuntimeEnv } from '../runtime/runtime-env/inherited-runtime-env.js';
import { workerConnection } from '../runtime/worker-connection.js';
import { createDriverEnvironment } from './driver-environment.js';
import { EntrypointProcess } from './entrypoint-process.js';
import { JobTable } from './job-table.js';
import { driverLogName, endJob, failJob, type SubmittedJob, startJob } from './submitted-job.js';

const TAIL_LINES = 20;

type SupervisorState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly entrypoint: EntrypointProcess }
  | { readonly kind: 'stopping' };

const logger = createLogger('job-supervisor');

/**
 * The actor that runs the entrypoint of one submitted job, on the node and in the folder that the job was given, and says in
 * the head what becomes of it. It lives as long as the job; when it dies, so does the entrypoint.
 */
export class JobSupervisor {
  readonly #submissionId: string;
  #state: SupervisorState = { kind: 'starting' };

  /** @param submissionId of a job that the head has as PENDING. */
  constructor(submissionId: string) {
    this.#submissionId = submissionId;
    const context = workerContext();
    if (!context?.actor) throw new IllegalStateError('A JobSupervisor runs as an actor.');
    const { exit } = context.actor;
    this.#run(context).then(
      () => exit('Its job is over.'),
      (error: unknown) => {
        logger.error({ submissionId, error: toError(error).message }, 'the job could not be seen to its end');
        exit(`Its job could not be seen to its end: ${toError(error).message}`);
      },
    );
  }

  /** Returns at once; the job is STOPPED when the entrypoint has ended. */
  stop(): void {
    if (this.#state.kind === 'running') this.#state.entrypoint.stop();
    this.#state = { kind: 'stopping' };
  }

  async #run(context: WorkerContext): Promise<void> {
    const table = new JobTable((await workerConnection(context)).head);
    const job = await table.get(this.#submissionId);
    // It was stopped before it was started.
    if (job.status === 'PENDING') await this.#runEntrypoint(context, table, job);
  }

  async #runEntrypoint(context: WorkerContext, table: JobTable, job: SubmittedJob): Promise<void> {
    const { submissionId, entrypoint } = job;
    const driver = { submissionId, runtimeEnv: inheritedRuntimeEnv(), workingDirectory: programDirectory() ?? '' };
    const { variables, remove } = createDriverEnvironment(driver, context);
    const logPath = join(context.sessionDirectory, 'logs', driverLogName(submissionId));
    try {
      const environment = { ...process.env, ...variables };
      const start = await EntrypointProcess.start({ entrypoint, environment, logPath });
      if (start.kind === 'failed') {
        await table.put(failJob(job, 'JOB_ENTRYPOINT_COMMAND_START_ERROR', start.reason, Date.now()));
      } else await this.#follow(start.entrypoint, table, startJob(job, context.nodeId, Date.now()), logPath);
    } finally {
      remove();
    }
  }

  async #follow(running: EntrypointProcess, table: JobTable, job: SubmittedJob, logPath: string): Promise<void> {
    await table.put(job);
    if (this.#state.kind === 'stopping') running.stop();
    else this.#state = { kind: 'running', entrypoint: running };
    const exit = await running.ended;
    const why = this.#state.kind === 'stopping' ? 'was-stopped' : 'by-itself';
    await table.put(endJob(job, exit, why, readLastLines(logPath, TAIL_LINES), Date.now()));
  }
}
