import {
  InvalidArgumentError,
  type JobId,
  type LeaseId,
  type Logger,
  RayError,
  toError,
  type WorkerId,
} from '../../src/core/index.js';
import type { LeaseRequest, MessageStream, RegisterWorker, WorkerEvent, WorkerMessage } from '../../src/rpc/index.js';
import type { LeaseRecord } from '../leases/lease-record.js';
import type { SessionMonitor } from '../membership/session-monitor.js';
import type { StateJournal } from '../state-journal.js';
import type { TaskEventRing } from '../tasks/task-event-ring.js';
import type { HeadScheduler } from './node-reports.js';
import type { PeerStreams } from './peer-streams.js';
import { fromLeaseRequest } from './wire-leases.js';
import type { WorkerNews } from './worker-news.js';

export interface AttachWorkerOptions {
  readonly clusterId: string;
  readonly version: string;
  readonly leaseMs: number;
  readonly taskEvents: TaskEventRing;
  /** Where the head is, and where others stand by. */
  readonly headAddresses: () => readonly string[];
  readonly headLeaseMs: number;
  readonly journal: StateJournal;
  readonly sessions: SessionMonitor<WorkerId>;
  readonly streams: PeerStreams<WorkerId, WorkerMessage, WorkerEvent>;
  readonly news: WorkerNews;
  readonly scheduler: HeadScheduler;
  /** The worker said goodbye: a driver's job is over now. */
  readonly onLeft: (workerId: WorkerId) => void;
  readonly logger: Logger;
}

type WorkerStream = MessageStream<WorkerMessage, WorkerEvent>;

/** Who speaks on a stream. */
interface Peer {
  readonly workerId: WorkerId;
  readonly jobId: JobId;
  readonly isDriver: boolean;
}

/** Serves a worker's session: registration, heartbeats, leases, and the updates of what it follows. */
export function attachWorker(stream: WorkerStream, options: AttachWorkerOptions): void {
  let peer: Peer | undefined;
  // Messages are handled one after the other, so that none overtakes the registration.
  let last: Promise<void> = Promise.resolve();
  stream.receive((message) => {
    last = last
      .then(async () => {
        if (message.register) peer = await register(message.register, stream, options);
        else if (peer) receive(peer, message, stream, options);
        else throw new InvalidArgumentError('The first message of a worker session must register the worker.');
      })
      .catch((error: unknown) => stream.close(error));
  });
}

function receive(peer: Peer, message: WorkerMessage, stream: WorkerStream, options: AttachWorkerOptions): void {
  const { workerId } = peer;
  const { sessions, streams, onLeft, news, scheduler } = options;
  if (peer.isDriver) requireNotFinished(peer.jobId, options.journal);
  if (message.goodbye) {
    streams.detach(workerId, stream);
    onLeft(workerId);
    return;
  }
  sessions.heard(workerId);
  if (message.heartbeat) void stream.send({ heartbeat: {} });
  if (message.taskEvents) options.taskEvents.add(message.taskEvents.events, message.taskEvents.numDropped);
  if (message.subscribe) news.follow(workerId, message.subscribe);
  for (const lease of readLeases(message.leaseRequest ? [message.leaseRequest] : [], workerId, news)) {
    scheduler.requestLease(lease, 'first');
  }
  const returned = message.returnLease;
  if (returned) scheduler.leases.giveBack(returned.leaseId as LeaseId, returned.force);
}

async function register(worker: RegisterWorker, stream: WorkerStream, options: AttachWorkerOptions): Promise<Peer> {
  const { journal, streams, sessions } = options;
  requireSameVersion(worker, options.version);
  const workerId = worker.workerId as WorkerId;
  const jobId = worker.jobId as JobId;
  if (!workerId || !jobId) throw new InvalidArgumentError('A worker registers with its worker id and its job.');
  if (worker.isDriver) {
    requireNotFinished(jobId, journal);
    await putJob(worker, options);
  }
  streams.attach(workerId, stream);
  sessions.heard(workerId);
  stream.onEnd(() => {
    if (streams.detach(workerId, stream)) sessions.detached(workerId);
  });
  greet(worker, stream, options);
  return { workerId, jobId, isDriver: worker.isDriver };
}

async function putJob(driver: RegisterWorker, { journal, logger }: AttachWorkerOptions): Promise<void> {
  const { hostname, pid, entrypoint, submissionId, logToDriver } = driver;
  const jobId = driver.jobId as JobId;
  const known = journal.jobs.get(jobId);
  const stored = journal.putJob({
    jobId,
    state: 'RUNNING',
    driverWorkerId: driver.workerId as WorkerId,
    namespace: driver.namespace || jobId,
    hostname,
    pid,
    entrypoint,
    submissionId,
    logToDriver,
    startedAtMs: known?.startedAtMs ?? Date.now(),
    endedAtMs: 0,
  });
  // One that comes back is in the store already, and must not have to wait for a store that is away.
  if (known) stored.catch((error: unknown) => logger.error({ jobId, error: toError(error).message }, 'job not stored'));
  else await stored;
  if (!known) logger.info({ jobId, hostname, driverPid: pid, entrypoint }, 'driver connected');
}

/** What the head grants, and the state of all that the worker follows and holds: it may have missed a change. */
function greet(worker: RegisterWorker, stream: WorkerStream, options: AttachWorkerOptions): void {
  const { clusterId, leaseMs, headLeaseMs, news, scheduler } = options;
  const workerId = worker.workerId as WorkerId;
  const namespace = worker.namespace || namespaceOf(worker.jobId as JobId, options.journal);
  const headAddresses = { addresses: [...options.headAddresses()] };
  void stream.send({ registered: { clusterId, leaseMs, headLeaseMs, namespace, headAddresses } });
  news.unfollow(workerId);
  if (worker.subscriptions) news.follow(workerId, worker.subscriptions);
  const wanted = readLeases(worker.leaseRequests, workerId, news);
  scheduler.leaseRecovery.onHolder(workerId, worker.heldLeaseIds as LeaseId[], wanted);
}

/** The requests that make sense; of the others the worker is told what is wrong with them. */
function readLeases(requests: readonly LeaseRequest[], workerId: WorkerId, news: WorkerNews): LeaseRecord[] {
  return requests.flatMap((request) => {
    try {
      return [fromLeaseRequest(request, workerId, Date.now())];
    } catch (error) {
      if (!(error instanceof RayError)) throw error;
      const leaseId = request.leaseId as LeaseId;
      news.publishLease({ leaseId, holderWorkerId: workerId }, { kind: 'failed', error });
      return [];
    }
  });
}

/** Where names are looked up that come without a namespace: the job's, which is one of its own unless it chose another. */
export const namespaceOf = (jobId: JobId, { jobs }: Pick<StateJournal, 'jobs'>): string =>
  jobs.get(jobId)?.namespace ?? jobId;

function requireSameVersion({ version, isDriver }: RegisterWorker, own: string): void {
  if (version === own) return;
  throw new InvalidArgumentError(
    `The ${isDriver ? 'driver' : 'worker'} runs ray-ts ${version}, the cluster ${own}. Install the same version on both.`,
  );
}

/** A driver that was stopped for too long may go on talking on a stream that never broke: it must learn of its end. */
function requireNotFinished(jobId: JobId, journal: StateJournal): void {
  if (journal.jobs.get(jobId)?.state !== 'FINISHED') return;
  throw new InvalidArgumentError(`Job ${jobId} is over: its driver was away too long and its actors were ended.`);
}
