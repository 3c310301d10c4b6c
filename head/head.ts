import { hostname } from 'node:os';
import type { Logger } from '../src/core/index.js';
import { composeHead, type HeadParts } from './compose-head.js';
import type { HeadConfig } from './head-config.js';
import type { HeadDoor } from './head-door.js';
import { headHandlers } from './head-handlers.js';
import { CLUSTER_ROW, type LeaseKeeper } from './lease-keeper.js';
import { encodeHeadRow, HEAD_ROW } from './recovery/head-row.js';
import { openCluster } from './recovery/open-cluster.js';
import { type Recovery, recover } from './recovery/recover.js';
import { runInBackground } from './run-in-background.js';
import { StateJournal } from './state-journal.js';
import type { HeadStore } from './store/head-store.js';

/** How often drains and standbys are looked at. */
const TICK_MS = 500;

export interface LeadOptions {
  readonly config: HeadConfig;
  readonly store: HeadStore;
  /** How the head keeps its state, for people. */
  readonly storeDescription: string;
  /** The lease of the store: held, and the head's from now on. */
  readonly lease: LeaseKeeper;
  /** Listens already; the head opens it, and closes it at its end. */
  readonly door: HeadDoor;
  /** host:port of the door. */
  readonly address: string;
  readonly logger: Logger;
  /** Called when another head has taken the lease: this one must end. */
  readonly onLost: (reason: string) => void;
}

/** The control plane of a cluster, from the moment that it has the lease of the store. */
export class Head {
  readonly #parts: HeadParts;
  readonly #lease: LeaseKeeper;
  readonly #door: HeadDoor;
  readonly #timer: NodeJS.Timeout;

  private constructor(parts: HeadParts, lease: LeaseKeeper, door: HeadDoor) {
    this.#parts = parts;
    this.#lease = lease;
    this.#door = door;
    this.#timer = setInterval(() => {
      parts.drains.tick();
      parts.standbys.expire();
    }, TICK_MS).unref();
  }

  /**
   * Goes on with the cluster in the store, or begins a new one where there is none.
   * @throws {InvalidArgumentError}, {IllegalStateError} when it may not; the lease is released then.
   */
  static async lead(options: LeadOptions): Promise<Head> {
    const { config, store, storeDescription, lease, door, address, logger, onLost } = options;
    try {
      const { token } = config.credentials;
      const opened = await openCluster(store, lease.epoch, { ...config, token }, config.records);
      const recovery = recover(opened.tables);
      const journal = new StateJournal(store, lease);
      journal.adopt(recovery.state, opened.tables);
      const { clusterId } = opened.row;
      const parts = composeHead({ config: { ...config, clusterId }, store, journal, address, logger });
      const head = new Head(parts, lease, door);
      lease.listen({ onLost, onRegained: () => head.#rewrite() });
      if (opened.isNew) await journal.putRow('metadata', CLUSTER_ROW, Buffer.from(JSON.stringify(opened.row)));
      await journal.putRow('metadata', HEAD_ROW, encodeHeadRow({ address, hostname: hostname(), pid: process.pid }));
      head.#resume(recovery);
      door.open(headHandlers(parts, storeDescription));
      logger.info({ address, store: storeDescription, clusterId, isNew: opened.isNew }, 'head started');
      return head;
    } catch (error) {
      await lease.release('keep');
      throw error;
    }
  }

  get clusterId(): string {
    return this.#parts.config.clusterId;
  }

  /** Stops serving. Leaves nothing of this cluster in the store, unless a standby is there to go on with it. */
  async close(): Promise<void> {
    const { scheduler, nodeSessions, workerSessions, agents, standbys, store } = this.#parts;
    scheduler.close();
    clearInterval(this.#timer);
    nodeSessions.close();
    workerSessions.close();
    this.#door.close();
    agents.close();
    try {
      await this.#lease.release(standbys.list().length > 0 ? 'keep' : 'clear');
    } finally {
      await store.close();
    }
  }

  /** Waits for those who were there, and ends what an earlier head had not finished to end. */
  #resume({ state, awaitedJobIds, unfinishedJobIds, unburiedNodeIds }: Recovery): void {
    const { nodeSessions, workerSessions, places, scheduler, logger } = this.#parts;
    for (const nodeId of state.nodes.keys()) {
      nodeSessions.expect(nodeId);
      runInBackground(logger, places.announceTo(nodeId), 'telling a node where the head is');
    }
    for (const jobId of awaitedJobIds) workerSessions.expect(state.jobs.get(jobId)!.driverWorkerId);
    for (const nodeId of unburiedNodeIds)
      runInBackground(logger, scheduler.onNodeDied(nodeId, 'it died'), 'node death');
    for (const jobId of unfinishedJobIds) {
      const message = 'Its owner, the driver, is gone.';
      runInBackground(logger, scheduler.endJob(jobId, undefined, message), 'end of a job');
    }
    scheduler.actors.resume();
    if (state.nodes.size === 0) return;
    const counts = { nodes: state.nodes.size, jobs: state.jobs.size, actors: state.actors.size };
    logger.info({ ...counts, groups: state.placementGroups.size }, 'goes on with what it found in the store');
  }

  /** The store lost what this head still has. */
  #rewrite(): void {
    const { journal, logger } = this.#parts;
    logger.warn({}, 'the store has lost records; all are written again');
    runInBackground(logger, journal.catchUp(), 'writing the records again');
  }
}
