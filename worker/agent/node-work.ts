import { join } from 'node:path';
import { type ActorId, type LeaseId, type Logger, OutOfMemoryError, toError } from '../../src/core/index.js';
import { type Draft, type NodeMessage, toErrorDetail } from '../../src/rpc/index.js';
import type { ProcessIdentity } from '../actor/process-messages.js';
import { ActorTable } from './actor-table.js';
import type { HostedProcess } from './hosted-process.js';
import { removeIfEmpty, WorkerLogs } from './logs/worker-logs.js';
import type { MemoryUser } from './memory/choose-victim.js';
import { MemoryMonitor } from './memory/memory-monitor.js';
import { hasOutOfMemoryKill, readMemoryUsage, readOutOfMemoryKills } from './memory/memory-usage.js';
import { listProcessMemory } from './memory/process-memory.js';
import type { NodeContext } from './node-context.js';
import { PrestartedProcesses } from './prestarted-processes.js';
import type { EndReason } from './process-death.js';
import type { ProcessEnvironment } from './process-environment.js';
import type { ResourceLedger } from './resource-ledger.js';
import { type DownloadPackage, PackageCache } from './runtime-env/package-cache.js';
import { prepareEnvironment } from './runtime-env/prepare-environment.js';
import { LeaseTable } from './tasks/lease-table.js';
import { TaskWorkerPool } from './tasks/task-worker-pool.js';
import { WorkerProcess } from './worker-process.js';

/** Processes kept ready on a node, one per CPU within these bounds; each costs about 50 MB while it waits. */
const MIN_PRESTARTED = 2;
const MAX_PRESTARTED = 8;
/** @source Ray's memory_usage_threshold */
const MEMORY_THRESHOLD = 0.95;
/** @source Ray's RAY_ROTATION_MAX_BYTES and RAY_ROTATION_BACKUP_COUNT */
const ROTATION_MAX_BYTES = 100_000_000;
const ROTATION_BACKUPS = 5;

export interface NodeWorkOptions {
  readonly identity: ProcessIdentity;
  readonly sessionDirectory: string;
  readonly ledger: ResourceLedger;
  readonly numCpus: number;
  readonly downloadPackage: DownloadPackage;
  readonly isAttached: () => boolean;
  readonly send: (message: Draft<NodeMessage>) => void;
  readonly logger: Logger;
}

/** Everything that runs user code on this node, and what watches over it: connects the tables, and does nothing itself. */
export class NodeWork {
  readonly actors: ActorTable;
  readonly leases: LeaseTable;
  readonly #options: NodeWorkOptions;
  readonly #processes: PrestartedProcesses;
  readonly #workers: TaskWorkerPool;
  readonly #logs: WorkerLogs;
  readonly #packages: PackageCache;
  readonly #memory: MemoryMonitor | undefined;
  #outOfMemoryKills = readOutOfMemoryKills();

  constructor(options: NodeWorkOptions) {
    const { identity, ledger, logger, send } = options;
    this.#options = options;
    this.#packages = new PackageCache({
      folder: join(options.sessionDirectory, 'packages'),
      download: options.downloadPackage,
      logger,
    });
    this.#logs = new WorkerLogs({
      nodeId: identity.nodeId,
      ip: identity.host,
      limits: rotationLimits(),
      canSend: options.isAttached,
      send: (logLines) => send({ logLines }),
    });
    const numPrestarted = Math.min(MAX_PRESTARTED, Math.max(MIN_PRESTARTED, Math.floor(options.numCpus)));
    this.#processes = new PrestartedProcesses(numPrestarted, (environment) => this.#startProcess(environment));
    const node = this.#context();
    this.#workers = new TaskWorkerPool(node, Math.max(1, options.numCpus));
    this.actors = new ActorTable({
      node,
      release: (actorId) => ledger.release(actorId),
      report: (actorReport) => send({ actorReport }),
      logger,
    });
    this.leases = new LeaseTable({
      node,
      workers: this.#workers,
      ledger,
      report: (workerReport) => send({ workerReport }),
      logger,
    });
    this.#memory = process.env['RAY_TS_MEMORY_MONITOR'] === '0' ? undefined : this.#watchMemory();
  }

  /** Everything that a head must know after it was away: it takes what it knows already for nothing new. */
  tellAll(): void {
    const { send, ledger } = this.#options;
    for (const actorReport of this.actors.reports()) send({ actorReport });
    for (const workerReport of this.leases.reports()) send({ workerReport });
    const bundles = ledger.bundles().map(({ placementGroupId, bundleIndex, isCommitted }) => ({
      placementGroupId,
      index: bundleIndex,
      committed: isCommitted,
    }));
    send({ inventory: { bundles, leases: this.leases.held() } });
  }

  /** Workers of the cluster that are gone: nobody waits any more for what runs here for them. */
  onWorkersGone(workerIds: readonly string[]): void {
    const gone = new Set(workerIds);
    this.#workers.endOfHolders(gone);
    this.leases.endOfHolders(gone).catch((error: unknown) => {
      this.#options.logger.error(
        { error: toError(error).message },
        'could not end the leases of a worker that is gone',
      );
    });
  }

  /** Resolves when what runs now has run: leases are back, and actors have answered the calls that they have. */
  async finish(reason: string): Promise<void> {
    await Promise.all([this.leases.whenEmpty(), this.actors.killAll('ACTOR_DEATH_KIND_NODE_DIED', reason, true)]);
  }

  /** Ends everything at once. */
  async close(reason: string): Promise<void> {
    this.#memory?.close();
    this.#processes.close();
    this.#workers.close();
    const nodeDied = { kind: 'ACTOR_DEATH_KIND_NODE_DIED', message: reason } as const;
    await Promise.all([this.actors.killAll(nodeDied.kind, reason), this.leases.endAll(nodeDied)]);
    this.#logs.close();
  }

  #context(): NodeContext {
    return {
      identity: this.#options.identity,
      prepareEnvironment: (runtimeEnv) => prepareEnvironment(runtimeEnv, this.#packages),
      takeProcess: (environment) => this.#processes.take(environment),
      followLogs: (process, origin) => this.#logs.follow(process, origin),
      finishLogs: (process) => this.#logs.finish(process),
      sawOutOfMemory: () => this.#sawOutOfMemory(),
    };
  }

  #startProcess(environment: ProcessEnvironment): HostedProcess {
    const { workingDirectory } = environment;
    const process = new WorkerProcess(join(this.#options.sessionDirectory, 'logs'), environment);
    process.onExit(() => {
      removeIfEmpty(process.outPath);
      removeIfEmpty(process.errPath);
    });
    if (workingDirectory !== '') {
      this.#packages.retain(workingDirectory);
      process.onExit(() => this.#packages.release(workingDirectory));
    }
    return process;
  }

  #sawOutOfMemory(): boolean {
    const before = this.#outOfMemoryKills;
    this.#outOfMemoryKills = readOutOfMemoryKills();
    return hasOutOfMemoryKill(before, this.#outOfMemoryKills);
  }

  #watchMemory(): MemoryMonitor {
    return new MemoryMonitor({
      threshold: MEMORY_THRESHOLD,
      readUsage: readMemoryUsage,
      listProcesses: listProcessMemory,
      listUsers: () => this.#memoryUsers(),
      end: (victim, message) => this.#endForMemory(victim, message),
      hostname: this.#options.identity.hostname,
      logger: this.#options.logger,
    });
  }

  /** A task counts as one that is run again: that is the default, and its worker does not know better. */
  #memoryUsers(): Omit<MemoryUser, 'bytes'>[] {
    const startedAtMs = 0;
    return [
      ...this.#workers
        .idleWorkers()
        .map(
          ({ workerId, pid }) =>
            ({ kind: 'idle', id: workerId, name: '', pid, startedAtMs, isRetriable: true }) as const,
        ),
      ...this.leases
        .running()
        .map(
          ({ leaseId, taskName, ...lease }) =>
            ({ kind: 'task', id: leaseId, name: taskName, isRetriable: true, ...lease }) as const,
        ),
      ...this.actors
        .running()
        .map(
          ({ actorId, className, isRestartable, ...actor }) =>
            ({ kind: 'actor', id: actorId, name: className, isRetriable: isRestartable, ...actor }) as const,
        ),
    ];
  }

  #endForMemory({ kind, id }: MemoryUser, message: string): void {
    const error = toErrorDetail(new OutOfMemoryError(message));
    const reason: EndReason = { kind: 'ACTOR_DEATH_KIND_OUT_OF_MEMORY', message, error };
    if (kind === 'idle') this.#workers.end(id);
    else if (kind === 'task') void this.leases.end(id as LeaseId, reason);
    else void this.actors.kill(id as ActorId, reason);
  }
}

function rotationLimits(): { maxBytes: number; numBackups: number } {
  const { RAY_TS_ROTATION_MAX_BYTES: maxBytes, RAY_TS_ROTATION_BACKUP_COUNT: numBackups } = process.env;
  return { maxBytes: Number(maxBytes ?? ROTATION_MAX_BYTES), numBackups: Number(numBackups ?? ROTATION_BACKUPS) };
}
