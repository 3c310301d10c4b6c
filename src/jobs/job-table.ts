import { InvalidArgumentError } from '../core/index.js';
import type { HeadClient } from '../rpc/index.js';
import { decodeJob, encodeJob, type SubmittedJob } from './submitted-job.js';

/** The namespace of the jobs' keys in the head, and of their supervisors' names. */
export const JOBS_NAMESPACE = '_ray_ts_jobs';

/** The submitted jobs in the head's store: they are there until they are deleted, also after a restart of the head. */
export class JobTable {
  readonly #head: Pick<HeadClient, 'call'>;

  constructor(head: Pick<HeadClient, 'call'>) {
    this.#head = head;
  }

  /** @throws {InvalidArgumentError} when the id is taken. */
  async add(job: SubmittedJob): Promise<void> {
    if (await this.#put(job, false)) return;
    throw new InvalidArgumentError(
      `There is a job ${job.submissionId} already. Choose another id, or delete that one: ray-ts job delete ` +
        `${job.submissionId}.`,
    );
  }

  async put(job: SubmittedJob): Promise<void> {
    await this.#put(job, true);
  }

  /** @throws {InvalidArgumentError} when there is no such job. */
  async get(submissionId: string): Promise<SubmittedJob> {
    const job = await this.#find(submissionId);
    if (job) return job;
    throw new InvalidArgumentError(`There is no job ${submissionId}: ray-ts job list shows those that there are.`);
  }

  /** Oldest first. */
  async list(): Promise<SubmittedJob[]> {
    const { keys } = await this.#head.call('listKeys', { namespace: JOBS_NAMESPACE });
    const jobs = await Promise.all(keys.map((key) => this.#find(key)));
    const known = jobs.filter((job) => job !== undefined);
    return known.sort((left, right) => left.submittedAtMs - right.submittedAtMs);
  }

  async delete(submissionId: string): Promise<void> {
    await this.#head.call('deleteKey', { namespace: JOBS_NAMESPACE, key: submissionId });
  }

  async #find(key: string): Promise<SubmittedJob | undefined> {
    const { found, value } = await this.#head.call('getKey', { namespace: JOBS_NAMESPACE, key });
    return found ? decodeJob(key, value) : undefined;
  }

  async #put(job: SubmittedJob, overwrite: boolean): Promise<boolean> {
    const { submissionId: key } = job;
    const { stored } = await this.#head.call('putKey', {
      namespace: JOBS_NAMESPACE,
      key,
      value: encodeJob(job),
      overwrite,
    });
    return stored;
  }
}
