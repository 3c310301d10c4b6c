import { type JobId, type Logger, type NodeId, transition, type WorkerId } from '../src/core/index.js';
import type { NodeCommand, NodeMessage } from '../src/rpc/index.js';
import type { AgentClients } from './agent-clients.js';
import { jobTransitions } from './jobs/job-record.js';
import type { ClockSkews } from './membership/clock-skews.js';
import { nodeTransitions } from './membership/node-record.js';
import type { SessionMonitor } from './membership/session-monitor.js';
import { runInBackground } from './run-in-background.js';
import type { HeadScheduler } from './services/node-reports.js';
import type { PeerStreams } from './services/peer-streams.js';
import { toNodeUpdate } from './services/wire-records.js';
import type { WorkerNews } from './services/worker-news.js';
import type { StateJournal } from './state-journal.js';

export interface PeerEndsOptions {
  readonly journal: StateJournal;
  readonly agents: AgentClients;
  readonly nodes: PeerStreams<NodeId, NodeMessage, NodeCommand>;
  readonly news: WorkerNews;
  readonly clockSkews: ClockSkews;
  /** These three tell of ends themselves, and are made later. */
  readonly scheduler: () => HeadScheduler;
  readonly nodeSessions: () => SessionMonitor<NodeId>;
  readonly workerSessions: () => SessionMonitor<WorkerId>;
  readonly logger: Logger;
}

/** What follows when a node, a driver or another worker is gone: to its record, to what it had, and to those who need to know. */
export class PeerEnds {
  readonly #options: PeerEndsOptions;

  constructor(options: PeerEndsOptions) {
    this.#options = options;
  }

  /** Its objects and leases end on every node. */
  onWorkerGone(workerId: WorkerId): void {
    this.#options.news.unfollow(workerId);
    for (const { nodeId, state } of this.#options.journal.nodes.values()) {
      if (state === 'ALIVE') this.#options.nodes.send(nodeId, { workersGone: { workerIds: [workerId] } });
    }
  }

  /** A worker said goodbye, or did not come back. What another one than a driver owned ends when its process does. */
  onWorkerLeft(workerId: WorkerId, reason: string): void {
    this.#options.workerSessions().forget(workerId);
    const job = [...this.#options.journal.jobs.values()].find(({ driverWorkerId }) => driverWorkerId === workerId);
    if (job) {
      this.#onDriverGone(job.jobId, reason);
      return;
    }
    this.#options.news.unfollow(workerId);
    this.#options.scheduler().leases.onHolderGone(workerId);
  }

  onNodeDied(nodeId: NodeId, reason: string): void {
    const node = this.#options.journal.nodes.get(nodeId);
    this.#options.nodeSessions().forget(nodeId);
    if (!node || node.state === 'DEAD') return;
    const state = transition(nodeTransitions, 'Node', nodeId, node.state, 'DEAD');
    this.#options.logger.warn({ nodeId, hostname: node.hostname, reason }, 'node died');
    this.#options.agents.drop(nodeId);
    this.#options.clockSkews.forget(nodeId);
    const work = async (): Promise<void> => {
      const dead = { ...node, state, deathReason: reason, endedAtMs: Date.now() };
      await this.#options.journal.putNode(dead);
      this.#options.news.publishNode(dead);
      this.#options.nodes.broadcast({ nodeUpdate: toNodeUpdate(dead) });
      await this.#options.scheduler().onNodeDied(nodeId, reason);
    };
    runInBackground(this.#options.logger, work(), 'node death');
  }

  #onDriverGone(jobId: JobId, reason: string): void {
    const job = this.#options.journal.jobs.get(jobId);
    if (!job || job.state === 'FINISHED') return;
    const state = transition(jobTransitions, 'Job', jobId, job.state, 'FINISHED');
    this.#options.logger.info({ jobId, reason }, 'driver gone');
    const message = `Its owner, the driver ${job.entrypoint} (pid ${job.pid} on ${job.hostname}), is gone: ${reason}.`;
    const work = async (): Promise<void> => {
      await this.#options.journal.putJob({ ...job, state, endedAtMs: Date.now() });
      await this.#options.scheduler().endJob(jobId, job.driverWorkerId, message);
    };
    runInBackground(this.#options.logger, work(), 'end of a job');
  }
}
