import { InvalidArgumentError, type JobId, type Logger } from '../../src/core/index.js';
import type { RegisterDriver } from '../../src/rpc/index.js';
import type { SessionMonitor } from '../membership/session-monitor.js';
import type { StateJournal } from '../state-journal.js';
import type { DriverStream, DriverStreams } from './driver-streams.js';
import { toActorUpdate, toPlacementGroupUpdate } from './wire-records.js';

export interface AttachDriverOptions {
  readonly clusterId: string;
  readonly version: string;
  readonly leaseMs: number;
  readonly headLeaseMs: number;
  readonly journal: StateJournal;
  readonly sessions: SessionMonitor<JobId>;
  readonly streams: DriverStreams;
  /** The driver said goodbye: its job is over now. */
  readonly onFinished: (jobId: JobId) => void;
  readonly logger: Logger;
}

/** Serves a driver's session: registration of its job, heartbeats, and the updates of what it owns. */
export function attachDriver(stream: DriverStream, options: AttachDriverOptions): void {
  const { sessions, streams } = options;
  let jobId: JobId | undefined;
  stream.receive((message) => {
    const handle = async (): Promise<void> => {
      if (message.register) jobId = await register(message.register, stream, options);
      if (!jobId) throw new InvalidArgumentError('The first message of a driver session must register the driver.');
      sessions.heard(jobId);
      if (message.heartbeat) void stream.send({ heartbeat: {} });
    };
    handle().catch((error: unknown) => stream.close(error));
  });
  stream.onEnd((end) => {
    if (!jobId || !streams.detach(jobId, stream)) return;
    if (end === undefined) options.onFinished(jobId);
    else sessions.detached(jobId);
  });
}

async function register(driver: RegisterDriver, stream: DriverStream, options: AttachDriverOptions): Promise<JobId> {
  const { clusterId, version, leaseMs, headLeaseMs, journal, streams, logger } = options;
  if (driver.version !== version) {
    throw new InvalidArgumentError(
      `The driver runs ray-ts ${driver.version}, the cluster ${version}. Install the same version on both.`,
    );
  }
  const jobId = driver.jobId as JobId;
  const known = journal.jobs.get(jobId);
  if (known?.state === 'FINISHED') {
    throw new InvalidArgumentError(`Job ${jobId} is over: its driver was away too long and its actors were ended.`);
  }
  const { hostname, pid, entrypoint } = driver;
  await journal.putJob({ jobId, state: 'RUNNING', hostname, pid, entrypoint });
  if (!known) logger.info({ jobId, hostname, driverPid: pid, entrypoint }, 'driver connected');
  streams.attach(jobId, stream);
  void stream.send({ registered: { clusterId, leaseMs, headLeaseMs } });
  for (const group of journal.placementGroups.values()) {
    if (group.jobId === jobId) void stream.send({ placementGroupUpdate: toPlacementGroupUpdate(group) });
  }
  for (const actor of journal.actors.values()) {
    if (actor.jobId === jobId) void stream.send({ actorUpdate: toActorUpdate(actor) });
  }
  return jobId;
}
