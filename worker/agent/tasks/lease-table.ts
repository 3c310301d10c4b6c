import { Deferred, type LeaseId, type Logger, type PlacementGroupId } from '../../../src/core/index.js';
import {
  type Draft,
  type HeldLease,
  type LeaseWorkerRequest,
  type LeaseWorkerResponse,
  toErrorDetail,
  type WorkerAddress,
  type WorkerReport,
} from '../../../src/rpc/index.js';
import type { NodeContext } from '../node-context.js';
import { type EndReason, processDeath, ToldDeaths } from '../process-death.js';
import type { ResourceLedger } from '../resource-ledger.js';
import type { ProcessExit } from '../worker-process.js';
import type { TaskWorker } from './task-worker.js';
import type { TaskWorkerPool } from './task-worker-pool.js';

type LeaseState =
  /** Its runtime environment or its worker is being prepared. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'granted'; readonly address: WorkerAddress }
  | { readonly kind: 'ending'; readonly reason: EndReason };

interface Lease {
  readonly request: LeaseWorkerRequest;
  readonly gpuIds: readonly string[];
  readonly bundleIndex: number;
  readonly startedAtMs: number;
  readonly ended: Deferred<void>;
  answer: Promise<Draft<LeaseWorkerResponse>>;
  worker?: TaskWorker;
  state: LeaseState;
}

/** A leased worker, for who must choose one to end. */
export interface RunningLease {
  readonly leaseId: LeaseId;
  readonly pid: number;
  readonly taskName: string;
  readonly startedAtMs: number;
}

export interface LeaseTableOptions {
  readonly node: NodeContext;
  readonly workers: TaskWorkerPool;
  readonly ledger: Pick<ResourceLedger, 'lease' | 'release' | 'lendCpus' | 'takeBackCpus'>;
  readonly report: (report: Draft<WorkerReport>) => void;
  readonly logger: Logger;
}

/** The leases of task workers on this node: what each holds, its worker, and how it ends. */
export class LeaseTable {
  readonly #options: LeaseTableOptions;
  readonly #leases = new Map<LeaseId, Lease>();
  readonly #deaths = new ToldDeaths<Draft<WorkerReport>>();

  constructor(options: LeaseTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** Leases resources with a worker. Asking again for a lease gives the answer of the first time. */
  lease(request: LeaseWorkerRequest): Promise<Draft<LeaseWorkerResponse>> {
    const leaseId = request.leaseId as LeaseId;
    const existing = this.#leases.get(leaseId);
    if (existing) return existing.answer;
    const { placementGroupId, bundleIndex } = request;
    const held = this.#options.ledger.lease({
      kind: 'lease',
      id: leaseId,
      resources: request.resources?.units ?? {},
      bundle: placementGroupId ? { placementGroupId: placementGroupId as PlacementGroupId, bundleIndex } : undefined,
    });
    if (held.kind !== 'leased') return Promise.resolve({ leased: false });
    const lease: Lease = {
      request,
      gpuIds: held.gpuIds,
      bundleIndex: held.bundleIndex ?? -1,
      startedAtMs: Date.now(),
      ended: new Deferred(),
      answer: Promise.resolve({ leased: false }),
      state: { kind: 'starting' },
    };
    this.#leases.set(leaseId, lease);
    lease.answer = this.#start(leaseId, lease);
    return lease.answer;
  }

  /** Takes a lease back; a worker with GPUs ends with it, and so does one that is forced. Resolves when its resources are free. */
  async giveBack(leaseId: LeaseId, force: boolean): Promise<void> {
    const lease = this.#leases.get(leaseId);
    if (!lease) return;
    const { state, worker } = lease;
    if (state.kind === 'granted' && worker && !force && lease.gpuIds.length === 0) {
      this.#remove(leaseId, lease);
      worker.process.send({ kind: 'end-lease', leaseId });
      this.#options.workers.put(worker, lease.request.holderWorkerId);
      return;
    }
    await this.end(leaseId, { kind: 'ACTOR_DEATH_KIND_KILLED', message: 'Its lease was given back.' });
  }

  /** Ends a lease with its worker's process; resolves when it is gone and what the lease held is free. */
  async end(leaseId: LeaseId, reason: EndReason): Promise<void> {
    const lease = this.#leases.get(leaseId);
    if (!lease) return;
    if (lease.state.kind !== 'ending') lease.state = { kind: 'ending', reason };
    lease.worker?.process.kill();
    await lease.ended.promise;
  }

  /** Ends the leases of workers that are gone: nobody waits for what runs on them. */
  async endOfHolders(workerIds: ReadonlySet<string>): Promise<void> {
    const ofThem = [...this.#leases].filter(([, { request }]) => workerIds.has(request.holderWorkerId));
    const reason: EndReason = { kind: 'ACTOR_DEATH_KIND_OWNER_DIED', message: 'The holder of its lease is gone.' };
    await Promise.all(ofThem.map(([leaseId]) => this.end(leaseId, reason)));
  }

  async endAll(reason: EndReason): Promise<void> {
    await Promise.all([...this.#leases.keys()].map((leaseId) => this.end(leaseId, reason)));
  }

  /** Resolves when no lease is left. */
  async whenEmpty(): Promise<void> {
    while (this.#leases.size > 0) await Promise.all([...this.#leases.values()].map(({ ended }) => ended.promise));
  }

  /** The leases that are granted, for a head that may not know of them. */
  held(): Draft<HeldLease>[] {
    return [...this.#leases.values()].flatMap(({ request, bundleIndex, state }) => {
      if (state.kind !== 'granted') return [];
      const { leaseId, jobId, holderWorkerId, resources, placementGroupId } = request;
      const { address } = state;
      return [{ leaseId, jobId, holderWorkerId, resources, placementGroupId, bundleIndex, address }];
    });
  }

  /** The ends that a head that was away may have missed. */
  reports(): readonly Draft<WorkerReport>[] {
    return this.#deaths.list();
  }

  running(): RunningLease[] {
    return [...this.#leases].flatMap(([leaseId, { worker, state, startedAtMs }]) =>
      worker && state.kind !== 'ending'
        ? [{ leaseId, pid: worker.process.pid, taskName: worker.taskName, startedAtMs }]
        : [],
    );
  }

  async #start(leaseId: LeaseId, lease: Lease): Promise<Draft<LeaseWorkerResponse>> {
    const { node, workers } = this.#options;
    const { jobId, runtimeEnv } = lease.request;
    try {
      const environment = await node.prepareEnvironment(runtimeEnv);
      if (lease.state.kind === 'ending') throw new Error(lease.state.reason.message);
      const worker = workers.take({ jobId, environment, gpuIds: lease.gpuIds });
      lease.worker = worker;
      this.#follow(leaseId, lease, worker);
      const rpcAddress = await worker.rpcAddress;
      return this.#grant(leaseId, lease, worker, rpcAddress);
    } catch (error) {
      const wasEnding = lease.state.kind === 'ending';
      lease.worker?.process.kill();
      if (!lease.worker) this.#remove(leaseId, lease);
      return wasEnding ? { leased: false } : { leased: false, error: toErrorDetail(error) };
    }
  }

  #grant(leaseId: LeaseId, lease: Lease, worker: TaskWorker, rpcAddress: string): Draft<LeaseWorkerResponse> {
    if (lease.state.kind === 'ending') return { leased: false };
    const { nodeId, hostname } = this.#options.node.identity;
    const { pid, workerId } = worker.process;
    const address = { nodeId, hostname, pid, rpcAddress, workerId, gpuIds: [...lease.gpuIds] };
    lease.state = { kind: 'granted', address };
    const { placementGroupId } = lease.request;
    worker.process.send({ kind: 'grant-lease', leaseId, placementGroupId });
    return { leased: true, address };
  }

  #follow(leaseId: LeaseId, lease: Lease, worker: TaskWorker): void {
    worker.user = {
      onExit: (exit) => this.#onExit(leaseId, lease, exit),
      onBlocked: (ofLease, isBlocked) => {
        if (ofLease === leaseId) this.#onBlocked(leaseId, worker, isBlocked);
      },
    };
  }

  #onBlocked(leaseId: LeaseId, { process: { workerId } }: TaskWorker, isBlocked: boolean): void {
    const { ledger, report } = this.#options;
    const units = isBlocked ? ledger.lendCpus(leaseId) : ledger.takeBackCpus(leaseId);
    if (units) report({ leaseId, workerId, held: { units } });
  }

  #onExit(leaseId: LeaseId, lease: Lease, exit: ProcessExit): void {
    const { worker, state } = lease;
    if (!worker) return;
    const { node, report, logger } = this.#options;
    const { pid, workerId } = worker.process;
    this.#remove(leaseId, lease);
    const reason = state.kind === 'ending' ? state.reason : undefined;
    const { hostname } = node.identity;
    const death = processDeath({ exit, pid, hostname, reason, kernelOutOfMemory: node.sawOutOfMemory() });
    logger.info({ leaseId, workerId, ...death }, 'task worker ended');
    const told: Draft<WorkerReport> = { leaseId, workerId, death };
    this.#deaths.add(leaseId, told);
    report(told);
  }

  #remove(leaseId: LeaseId, lease: Lease): void {
    this.#leases.delete(leaseId);
    this.#options.ledger.release(leaseId);
    lease.ended.resolve();
  }
}
