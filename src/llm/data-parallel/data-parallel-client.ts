import { Deferred, EngineDeadError, IllegalStateError, type Logger, type RayError } from '../../core/index.js';
import type { EngineClient, OutputSink } from '../engine/engine-client.js';
import type { EngineCoreClientHooks } from '../engine/engine-core-client.js';
import type { EngineCoreRequest } from '../engine/engine-core-request.js';
import type { EngineHooks, LaunchedEngine } from '../engine/launched-engine.js';
import type { UtilityCall } from '../engine/utility-call.js';
import type { GrammarVocabulary } from '../structured-output/grammar-backend.js';
import { EngineLoads } from './engine-loads.js';
import { FoldedLines } from './folded-lines.js';
import { InFlightRequests } from './in-flight-requests.js';
import { joinUtilityResults } from './join-utility-results.js';
import { Replica } from './replica.js';
import type { ReplicaState } from './replica-state.js';

/** Launches the engine core of a replica. When the signal is aborted it rejects soon and leaves nothing running. */
export type LaunchReplica = (
  rank: number,
  hooks: EngineCoreClientHooks,
  signal: AbortSignal,
) => Promise<LaunchedEngine>;

export interface DataParallelOptions {
  readonly numReplicas: number;
  /** Ranks of one, for what they report. */
  readonly ranksPerReplica: number;
  /** How often each replica is launched again. At 0 the death of one is the engine's. */
  readonly maxRestarts: number;
  readonly launch: LaunchReplica;
  readonly logger: Logger;
}

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly error: RayError }
  | { readonly kind: 'closed' };

/**
 * Several engine cores with the same model, each with ranks of its own, that share the requests. Without restarts the
 * death of one ends all, as in vLLM; with restarts the others serve on, until the last has died for good.
 */
export class DataParallelClient implements EngineClient {
  readonly #options: DataParallelOptions;
  readonly #replicas: readonly Replica[];
  readonly #loads: EngineLoads;
  readonly #requests = new InFlightRequests();
  readonly #failed = new Deferred<RayError>();
  #vocabulary: GrammarVocabulary | undefined;
  /** What they do at present: one that is launched again does it too. */
  #sleep: UtilityCall | undefined;
  #state: State = { kind: 'open' };

  private constructor(options: DataParallelOptions, hooks: EngineHooks) {
    this.#options = options;
    this.#loads = new EngineLoads(options.numReplicas);
    const lines = new FoldedLines();
    this.#replicas = Array.from({ length: options.numReplicas }, (_, rank) => {
      const replicaHooks = this.#hooksOf(rank, hooks, lines);
      return new Replica({
        maxRestarts: options.maxRestarts,
        launch: (signal) => options.launch(rank, replicaHooks, signal),
        onDeath: (state) => this.#onDeath(rank, state),
        onRestart: (client) => this.#onRestart(rank, client),
      });
    });
  }

  /**
   * Launches all replicas at once.
   * @throws {RayError} what the first that failed failed with; nothing is left running.
   */
  static async start(options: DataParallelOptions, hooks: EngineHooks = {}): Promise<DataParallelClient> {
    const client = new DataParallelClient(options, hooks);
    try {
      await Promise.all(client.#replicas.map((replica) => replica.start()));
      return client;
    } catch (error) {
      await client.shutdown();
      throw error;
    }
  }

  get failure(): RayError | undefined {
    return this.#state.kind === 'failed' ? this.#state.error : undefined;
  }

  get isRunning(): boolean {
    return this.#state.kind === 'open';
  }

  addRequest(request: EngineCoreRequest, sink: OutputSink): number {
    this.#requireOpen();
    const { requestId } = request;
    const takesRequests = (index: number): boolean => this.#replicas[index]!.client !== undefined;
    // When none takes requests, the first says why.
    const rank = request.dataParallelRank ?? this.#loads.choose(takesRequests) ?? 0;
    const client = this.#requireClient(rank);
    const forget = () => this.#requests.remove(requestId);
    client.addRequest(request, {
      onOutput: (output) => {
        if (output.finishReason !== undefined) forget();
        sink.onOutput(output);
      },
      onError: (error) => {
        forget();
        sink.onError(error);
      },
    });
    this.#requests.add(requestId, rank);
    this.#loads.requestAdded(rank);
    return rank;
  }

  abortRequests(requestIds: readonly string[]): void {
    for (const [rank, ids] of this.#requests.byEngine(requestIds)) {
      for (const requestId of ids) this.#requests.remove(requestId);
      this.#replicas[rank]!.client?.abortRequests(ids);
      if (this.#requests.count(rank) === 0) this.#loads.becameIdle(rank);
    }
  }

  setVocabulary(vocabulary: GrammarVocabulary): void {
    this.#requireOpen();
    this.#vocabulary = vocabulary;
    for (const { client } of this.#replicas) client?.setVocabulary(vocabulary);
  }

  async callUtility(call: UtilityCall): Promise<unknown> {
    this.#requireOpen();
    const clients =
      call.method === 'collectiveRpc'
        ? this.#replicas.map((_, rank) => this.#requireClient(rank))
        : this.#replicas.flatMap(({ client }) => client ?? []);
    const results = await Promise.all(clients.map((client) => client.callUtility(call)));
    if (call.method === 'sleep') this.#sleep = call;
    if (call.method === 'wakeUp') this.#sleep = undefined;
    return joinUtilityResults(call, results);
  }

  fail(error: RayError): void {
    if (this.#state.kind !== 'open') return;
    this.#state = { kind: 'failed', error };
    for (const replica of this.#replicas) {
      replica.stop();
      replica.client?.fail(error);
    }
    this.#failed.resolve(error);
  }

  onFailure(callback: (error: RayError) => void): void {
    void this.#failed.promise.then(callback);
  }

  /** Ends all replicas; unfinished requests fail. Idempotent. */
  async shutdown(): Promise<void> {
    if (this.#state.kind === 'open') this.#state = { kind: 'closed' };
    await Promise.all(this.#replicas.map((replica) => replica.shutdown()));
  }

  #hooksOf(rank: number, { onProgress, onLog, onStep }: EngineHooks, lines: FoldedLines): EngineCoreClientHooks {
    const firstRank = rank * this.#options.ranksPerReplica;
    return {
      onProgress: onProgress && ((progress) => onProgress({ ...progress, rank: firstRank + progress.rank })),
      onLog: (line) => {
        const folded = lines.add(rank, line);
        if (folded !== undefined) onLog?.(folded);
      },
      onStep: (step) => {
        this.#loads.stepEnded(rank, step.stats);
        onStep?.(step, rank);
      },
    };
  }

  #onDeath(rank: number, state: ReplicaState): void {
    this.#loads.becameIdle(rank);
    const { logger, maxRestarts } = this.#options;
    if (state.kind === 'restarting') {
      const { attempt, error } = state;
      logger.warn(
        { dataParallelRank: rank, attempt, maxRestarts, error: error.message },
        'a replica is launched again',
      );
    } else if (state.kind === 'failed') {
      const { error } = state;
      logger.error({ dataParallelRank: rank, maxRestarts, error: error.message }, 'a replica failed');
      if (maxRestarts === 0 || this.#replicas.every((replica) => replica.state.kind === 'failed')) this.fail(error);
    }
  }

  async #onRestart(rank: number, client: EngineClient): Promise<void> {
    if (this.#vocabulary !== undefined) client.setVocabulary(this.#vocabulary);
    if (this.#sleep !== undefined) await client.callUtility(this.#sleep);
    this.#options.logger.info({ dataParallelRank: rank }, 'a replica is back');
  }

  #requireOpen(): void {
    if (this.#state.kind === 'closed') throw new IllegalStateError('The engine was shut down.');
    if (this.#state.kind === 'failed') throw engineDead('The engine failed earlier', this.#state.error);
  }

  #requireClient(rank: number): EngineClient {
    const { client, state } = this.#replicas[rank]!;
    if (client !== undefined) return client;
    const what = `Replica ${rank} ${state.kind === 'failed' ? 'is gone' : 'is being launched again'}`;
    if (state.kind === 'failed' || state.kind === 'restarting') throw engineDead(what, state.error);
    throw new EngineDeadError(`${what}.`);
  }
}

function engineDead(what: string, cause: RayError): EngineDeadError {
  return new EngineDeadError(`${what}: ${cause.message}`, { cause, details: cause.details });
}
