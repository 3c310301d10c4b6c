import { InvalidArgumentError, type JobId, type Logger } from '../../src/core/index.js';
import type { MessageStream, RegisterWorker, WorkerEvent, WorkerMessage } from '../../src/rpc/index.js';
import type { SessionMonitor } from '../membership/session-monitor.js';
import type { StateJournal } from '../state-journal.js';
import type { PeerStreams } from './peer-streams.js';
import { toActorUpdate, toPlacementGroupUpdate } from './wire-records.js';

export interface AttachWorkerOptions {
  readonly clusterId: string;
  readonly version: string;
  readonly leaseMs: number;
  readonly headLeaseMs: number;
  readonly journal: StateJournal;
  readonly sessions: SessionMonitor<JobId>;
  readonly streams: PeerStreams<JobId, WorkerMessage, WorkerEvent>;
  /** The driver said goodbye: its job is over now. */
  readonly onFinished: (jobId: JobId) => void;
  readonly logger: Logger;
}

type DriverStream = MessageStream<WorkerMessage, WorkerEvent>;

/** Serves a driver's session: registration of its job, heartbeats, and the updates of what it owns. */
export function attachWorker(stream: DriverStream, options: AttachWorkerOptions): void {
  let jobId: JobId | undefined;
  // Messages are handled one after the other, so that none overtakes the registration.
  let last: Promise<void> = Promise.resolve();
  stream.receive((message) => {
    last = last
      .then(async () => {
        if (message.register) jobId = await register(message.register, stream, options);
        else if (!jobId)
          throw new InvalidArgumentError('The first message of a driver session must register the driver.');
        else receive(jobId, message, stream, options);
      })
      .catch((error: unknown) => stream.close(error));
  });
}

function receive(jobId: JobId, message: WorkerMessage, stream: DriverStream, options: AttachWorkerOptions): void {
  requireNotFinished(jobId, options.journal);
  if (message.goodbye) {
    options.streams.detach(jobId, stream);
    options.onFinished(jobId);
    return;
  }
  options.sessions.heard(jobId);
  if (message.heartbeat) void stream.send({ heartbeat: {} });
}

async function register(driver: RegisterWorker, stream: DriverStream, options: AttachWorkerOptions): Promise<JobId> {
  const { version, journal, streams, sessions, logger } = options;
  if (driver.version !== version) {
    throw new InvalidArgumentError(
      `The driver runs ray-ts ${driver.version}, the cluster ${version}. Install the same version on both.`,
    );
  }
  const jobId = driver.jobId as JobId;
  requireNotFinished(jobId, journal);
  const { hostname, pid, entrypoint } = driver;
  const isNew = !journal.jobs.has(jobId);
  await journal.putJob({ jobId, state: 'RUNNING', hostname, pid, entrypoint });
  if (isNew) logger.info({ jobId, hostname, driverPid: pid, entrypoint }, 'driver connected');
  streams.attach(jobId, stream);
  sessions.heard(jobId);
  stream.onEnd(() => {
    if (streams.detach(jobId, stream)) sessions.detached(jobId);
  });
  greet(jobId, stream, options);
  return jobId;
}

/** What the head grants, and the state of everything that the job owns: the driver may have missed a change. */
function greet(jobId: JobId, stream: DriverStream, options: AttachWorkerOptions): void {
  const { clusterId, leaseMs, headLeaseMs, journal } = options;
  void stream.send({ registered: { clusterId, leaseMs, headLeaseMs } });
  for (const group of journal.placementGroups.values()) {
    if (group.jobId === jobId) void stream.send({ placementGroupUpdate: toPlacementGroupUpdate(group) });
  }
  for (const actor of journal.actors.values()) {
    if (actor.jobId === jobId) void stream.send({ actorUpdate: toActorUpdate(actor) });
  }
}

/** A driver that was stopped for too long may go on talking on a stream that never broke: it must learn of its end. */
function requireNotFinished(jobId: JobId, journal: StateJournal): void {
  if (journal.jobs.get(jobId)?.state !== 'FINISHED') return;
  throw new InvalidArgumentError(`Job ${jobId} is over: its driver was away too long and its actors were ended.`);
}
