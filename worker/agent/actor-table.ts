import { removeSegments } from '../../src/channel/index.js';
import { type ActorId, Deferred, type Logger, toError } from '../../src/core/index.js';
import {
  type ActorDeathKind,
  type ActorReport,
  type ActorSpec,
  type Draft,
  type ErrorDetail,
  messageCodec,
  toErrorDetail,
} from '../../src/rpc/index.js';
import type { ActorProcessMessage } from '../actor/process-messages.js';
import { endInOrder, endWithin } from './end-in-order.js';
import type { HostedProcess } from './hosted-process.js';
import type { NodeContext } from './node-context.js';
import { type EndReason, processDeath, ToldDeaths } from './process-death.js';
import type { ProcessExit } from './worker-process.js';

type ActorState =
  /** Its runtime environment is being fetched; there is no process yet. */
  | { readonly kind: 'preparing' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'ending'; readonly reason: EndReason };

interface ActorEntry {
  readonly spec: ActorSpec;
  readonly gpuIds: readonly string[];
  readonly numRestarts: number;
  readonly startedAtMs: number;
  readonly exited: Deferred<void>;
  process?: HostedProcess;
  state: ActorState;
  report: Draft<ActorReport>;
}

/** An actor whose process runs, for who must choose one to end. */
export interface RunningActor {
  readonly actorId: ActorId;
  readonly pid: number;
  readonly className: string;
  readonly startedAtMs: number;
  /** It comes up again when its process ends. */
  readonly isRestartable: boolean;
}

export interface ActorTableOptions {
  readonly node: NodeContext;
  /** Frees what the actor held on this node. */
  readonly release: (actorId: ActorId) => void;
  readonly report: (report: Draft<ActorReport>) => void;
  readonly logger: Logger;
}

/** From a process's word that it ends to its end. */
const EXIT_MS = 2_000;

const specCodec = messageCodec<ActorSpec>('ActorSpec');
const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');

/** The actors of this node: their processes, how they end, and what the head is told of them. */
export class ActorTable {
  readonly #options: ActorTableOptions;
  readonly #actors = new Map<ActorId, ActorEntry>();
  readonly #deaths = new ToldDeaths<Draft<ActorReport>>();

  constructor(options: ActorTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#actors.size;
  }

  has(actorId: ActorId): boolean {
    return this.#actors.has(actorId);
  }

  /** What the head should know, said again after a reconnection: it takes what it knows already for nothing new. */
  reports(): Draft<ActorReport>[] {
    return [...this.#deaths.list(), ...[...this.#actors.values()].map((entry) => entry.report)];
  }

  running(): RunningActor[] {
    return [...this.#actors].flatMap(([actorId, { process, spec, state, startedAtMs, numRestarts }]) => {
      if (!process || state.kind === 'ending') return [];
      const isRestartable = spec.maxRestarts < 0 || numRestarts < spec.maxRestarts;
      return [{ actorId, pid: process.pid, className: spec.actorClass?.name ?? '', startedAtMs, isRestartable }];
    });
  }

  /** The resources are leased; the constructor's outcome is reported. */
  start(spec: ActorSpec, gpuIds: readonly string[], numRestarts = 0): void {
    const actorId = spec.actorId as ActorId;
    const report: Draft<ActorReport> = { actorId, state: 'ACTOR_LIFE_STATE_PENDING_CREATION' };
    const state = { kind: 'preparing' } as const;
    const exited = new Deferred<void>();
    const entry: ActorEntry = { spec, gpuIds, numRestarts, startedAtMs: Date.now(), exited, state, report };
    this.#actors.set(actorId, entry);
    this.#launch(actorId, entry).catch((error: unknown) => {
      const { message } = toError(error);
      const reason = { kind: 'ACTOR_DEATH_KIND_RUNTIME_ENV_FAILED', message, error: toErrorDetail(error) } as const;
      this.#onEnd(actorId, entry, noExit, reason);
    });
  }

  /**
   * Ends the actor's process; resolves when it is gone and what it held is free. In order: the calls that it has run
   * first, for a bounded time.
   */
  async kill(actorId: ActorId, reason: EndReason, inOrder = false): Promise<void> {
    const entry = this.#actors.get(actorId);
    if (!entry) return;
    const before = entry.state.kind;
    // A process that is ending already ends for its first reason.
    if (entry.state.kind !== 'ending') entry.state = { kind: 'ending', reason };
    if (!inOrder || before === 'starting') entry.process?.kill();
    else if (before === 'alive' && entry.process) endInOrder(entry.process);
    await entry.exited.promise;
  }

  async killAll(kind: ActorDeathKind, message: string, inOrder = false): Promise<void> {
    await Promise.all([...this.#actors.keys()].map((actorId) => this.kill(actorId, { kind, message }, inOrder)));
  }

  async #launch(actorId: ActorId, entry: ActorEntry): Promise<void> {
    const { node } = this.#options;
    const { spec, gpuIds, numRestarts } = entry;
    const environment = await node.prepareEnvironment(spec.runtimeEnv);
    if (entry.state.kind === 'ending') {
      this.#onEnd(actorId, entry, noExit, entry.state.reason);
      return;
    }
    const process = node.takeProcess(environment);
    entry.process = process;
    entry.state = { kind: 'starting' };
    process.onExit((exit) => this.#onExit(actorId, entry, exit));
    process.onMessage((message) => this.#onMessage(actorId, entry, process, message));
    const source = spec.actorClass?.name ?? '';
    node.followLogs(process, { jobId: spec.jobId, source: () => source, actorName: spec.name });
    process.send({
      kind: 'start-actor',
      spec: specCodec.encode(spec),
      gpuIds,
      workerId: process.workerId,
      workingDirectory: environment.workingDirectory,
      numRestarts,
      ...node.identity,
    });
  }

  #onMessage(actorId: ActorId, entry: ActorEntry, process: HostedProcess, message: ActorProcessMessage): void {
    if (message.kind === 'exiting') endWithin(process, EXIT_MS);
    // A process that is ending ends for its first reason.
    if (entry.state.kind === 'ending') return;
    if (message.kind === 'failed') {
      const error = detailCodec.decode(message.error);
      const reason = `Its constructor failed: ${error.message}`;
      entry.state = {
        kind: 'ending',
        reason: { kind: 'ACTOR_DEATH_KIND_CONSTRUCTOR_FAILED', message: reason, error },
      };
      process.kill();
    } else if (message.kind === 'exiting') {
      entry.state = { kind: 'ending', reason: { kind: 'ACTOR_DEATH_KIND_OUT_OF_SCOPE', message: message.message } };
    } else if (message.kind === 'alive') this.#onAlive(actorId, entry, process, message.rpcAddress);
  }

  #onAlive(actorId: ActorId, entry: ActorEntry, process: HostedProcess, rpcAddress: string): void {
    if (entry.state.kind !== 'starting') return;
    entry.state = { kind: 'alive' };
    const { nodeId, hostname } = this.#options.node.identity;
    const { pid, workerId } = process;
    const address = { nodeId, hostname, pid, rpcAddress, workerId, gpuIds: [...entry.gpuIds] };
    entry.report = { actorId, state: 'ACTOR_LIFE_STATE_ALIVE', address };
    this.#options.report(entry.report);
  }

  #onExit(actorId: ActorId, entry: ActorEntry, exit: ProcessExit): void {
    const { node } = this.#options;
    if (entry.process) node.finishLogs(entry.process);
    removeSegments(node.identity.clusterId, actorId);
    this.#onEnd(actorId, entry, exit, entry.state.kind === 'ending' ? entry.state.reason : undefined);
  }

  #onEnd(actorId: ActorId, entry: ActorEntry, exit: ProcessExit, reason: EndReason | undefined): void {
    const { node, release, report, logger } = this.#options;
    this.#actors.delete(actorId);
    release(actorId);
    const { hostname } = node.identity;
    const pid = entry.process?.pid ?? 0;
    const death = processDeath({ exit, pid, hostname, reason, kernelOutOfMemory: node.sawOutOfMemory() });
    logger.info({ actorId, className: entry.spec.actorClass?.name, ...death }, 'actor ended');
    // The head is told again after each reconnection, when the actor may run in another process already: it must know which.
    const address = { nodeId: node.identity.nodeId, hostname, pid, workerId: entry.process?.workerId ?? '' };
    const told: Draft<ActorReport> = { actorId, state: 'ACTOR_LIFE_STATE_DEAD', address, death };
    this.#deaths.add(actorId, told);
    report(told);
    entry.exited.resolve();
  }
}

/** Of an actor that never had a process. */
const noExit: ProcessExit = { exitCode: 0, signal: '', stderrTail: [] };
