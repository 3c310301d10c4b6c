import type { JobId } from '../../src/core/index.js';
import type { DriverEvent, DriverMessage, MessageStream } from '../../src/rpc/index.js';

export type DriverStream = MessageStream<DriverMessage, DriverEvent>;

/** The open streams to drivers, by job: how a change reaches the program that waits for it. */
export class DriverStreams {
  readonly #streams = new Map<JobId, DriverStream>();

  attach(jobId: JobId, stream: DriverStream): void {
    this.#streams.get(jobId)?.close();
    this.#streams.set(jobId, stream);
  }

  /** True when this stream was the job's current one. */
  detach(jobId: JobId, stream: DriverStream): boolean {
    if (this.#streams.get(jobId) !== stream) return false;
    return this.#streams.delete(jobId);
  }

  /** Sends to the job's driver; one that is away gets a snapshot when it comes back. */
  publish(jobId: JobId, event: DriverEvent): void {
    void this.#streams.get(jobId)?.send(event);
  }
}
