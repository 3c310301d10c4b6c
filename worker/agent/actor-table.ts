import { removeSegments } from '../../src/channel/index.js';
import { type ActorId, type Credentials, createWorkerId, type Logger, type WorkerId } from '../../src/core/index.js';
import {
  type ActorDeath,
  type ActorDeathKind,
  type ActorReport,
  type ActorSpec,
  type Draft,
  type ErrorDetail,
  messageCodec,
} from '../../src/rpc/index.js';
import type { ActorProcessMessage } from '../actor/process-messages.js';
import type { ActorProcess, ProcessExit } from './actor-process.js';

/** What every actor process of this node is told. */
export interface NodeIdentity {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly hostname: string;
  readonly host: string;
  readonly credentials: Credentials;
}

/** What the table needs of an actor's process. */
export type HostedProcess = Pick<ActorProcess, 'pid' | 'start' | 'onMessage' | 'onExit' | 'kill'>;

interface KillReason {
  readonly kind: ActorDeathKind;
  readonly message: string;
}

type ActorEntryState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'failed'; readonly error: ErrorDetail }
  | { readonly kind: 'ending'; readonly reason: KillReason };

interface ActorEntry {
  readonly spec: ActorSpec;
  readonly process: HostedProcess;
  readonly workerId: WorkerId;
  readonly gpuIds: readonly string[];
  readonly exited: Promise<void>;
  state: ActorEntryState;
  report: Draft<ActorReport>;
}

export interface ActorTableOptions {
  readonly identity: NodeIdentity;
  readonly takeProcess: () => HostedProcess;
  /** Frees what the actor held on this node. */
  readonly release: (actorId: ActorId) => void;
  readonly report: (report: Draft<ActorReport>) => void;
  readonly logger: Logger;
}

/** Deaths that are told again after a reconnection: the head may have been away when they were told first. */
const MAX_TOLD_DEATHS = 1_000;

const specCodec = messageCodec<ActorSpec>('ActorSpec');
const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');

/** The actors of this node: their processes, how they end, and what the head is told of them. */
export class ActorTable {
  readonly #options: ActorTableOptions;
  readonly #actors = new Map<ActorId, ActorEntry>();
  #deaths: readonly Draft<ActorReport>[] = [];

  constructor(options: ActorTableOptions) {
    this.#options = options;
  }

  has(actorId: ActorId): boolean {
    return this.#actors.has(actorId);
  }

  /** What the head should know, said again after a reconnection: it takes what it knows already for nothing new. */
  reports(): Draft<ActorReport>[] {
    return [...this.#deaths, ...[...this.#actors.values()].map((entry) => entry.report)];
  }

  /** The resources are leased; the constructor's outcome is reported. */
  start(spec: ActorSpec, gpuIds: readonly string[]): void {
    const actorId = spec.actorId as ActorId;
    const process = this.#options.takeProcess();
    const exited = new Promise<void>((resolve) => {
      process.onExit((exit) => {
        this.#onExit(actorId, exit);
        resolve();
      });
    });
    const report: Draft<ActorReport> = { actorId, state: 'ACTOR_LIFE_STATE_PENDING_CREATION' };
    const workerId = createWorkerId();
    this.#actors.set(actorId, { spec, process, workerId, gpuIds, exited, state: { kind: 'starting' }, report });
    process.onMessage((message) => this.#onMessage(actorId, message));
    process.start({ kind: 'start-actor', spec: specCodec.encode(spec), gpuIds, workerId, ...this.#options.identity });
  }

  /** Ends the actor's process; resolves when it is gone and what it held is free. */
  async kill(actorId: ActorId, kind: ActorDeathKind, message: string): Promise<void> {
    const entry = this.#actors.get(actorId);
    if (!entry) return;
    // A process that is ending already ends for its first reason.
    if (entry.state.kind === 'starting' || entry.state.kind === 'alive') {
      entry.state = { kind: 'ending', reason: { kind, message } };
    }
    entry.process.kill();
    await entry.exited;
  }

  async killAll(message: string): Promise<void> {
    const ids = [...this.#actors.keys()];
    await Promise.all(ids.map((actorId) => this.kill(actorId, 'ACTOR_DEATH_KIND_NODE_DIED', message)));
  }

  #onMessage(actorId: ActorId, message: ActorProcessMessage): void {
    const entry = this.#actors.get(actorId);
    if (entry?.state.kind !== 'starting') return;
    if (message.kind === 'failed') {
      entry.state = { kind: 'failed', error: detailCodec.decode(message.error) };
      entry.process.kill();
      return;
    }
    entry.state = { kind: 'alive' };
    const { nodeId, hostname } = this.#options.identity;
    const { workerId, gpuIds, process } = entry;
    const address = {
      nodeId,
      hostname,
      pid: process.pid,
      rpcAddress: message.rpcAddress,
      workerId,
      gpuIds: [...gpuIds],
    };
    entry.report = { actorId, state: 'ACTOR_LIFE_STATE_ALIVE', address };
    this.#options.report(entry.report);
  }

  #onExit(actorId: ActorId, exit: ProcessExit): void {
    const entry = this.#actors.get(actorId);
    if (!entry) return;
    this.#actors.delete(actorId);
    const { clusterId, hostname } = this.#options.identity;
    removeSegments(clusterId, actorId);
    this.#options.release(actorId);
    const death = deathOf(entry, exit, hostname);
    this.#options.logger.info({ actorId, className: entry.spec.actorClass?.name, ...death }, 'actor ended');
    const report: Draft<ActorReport> = { actorId, state: 'ACTOR_LIFE_STATE_DEAD', death };
    this.#deaths = [...this.#deaths.slice(1 - MAX_TOLD_DEATHS), report];
    this.#options.report(report);
  }
}

function deathOf(entry: ActorEntry, exit: ProcessExit, hostname: string): ActorDeath {
  const facts = { ...exit, stderrTail: [...exit.stderrTail], hostname, pid: entry.process.pid };
  switch (entry.state.kind) {
    case 'failed': {
      const { error } = entry.state;
      const message = `Its constructor failed: ${error.message}`;
      return { ...facts, kind: 'ACTOR_DEATH_KIND_CONSTRUCTOR_FAILED', message, error };
    }
    case 'ending':
      return { ...facts, ...entry.state.reason };
    case 'starting':
    case 'alive': {
      const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.exitCode}`;
      return { ...facts, kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED', message: `Its process ${how}.` };
    }
  }
}
