import { IllegalStateError, InternalError, RayError, toError } from '../../core/index.js';
import type { EngineClient } from '../engine/engine-client.js';
import type { LaunchedEngine } from '../engine/launched-engine.js';
import { nextReplicaState, type ReplicaState } from './replica-state.js';

export interface ReplicaSpec {
  readonly maxRestarts: number;
  /** When the signal is aborted it rejects soon and leaves nothing running. */
  readonly launch: (signal: AbortSignal) => Promise<LaunchedEngine>;
  /** Called when the replica died, after its requests have failed. */
  readonly onDeath: (state: ReplicaState) => void;
  /** Called with the engine that takes the dead one's place, before it gets requests. */
  readonly onRestart: (client: EngineClient) => Promise<void>;
}

function toRayError(value: unknown): RayError {
  if (value instanceof RayError) return value;
  const cause = toError(value);
  return new InternalError(cause.message, { cause });
}

/** One engine core of several, which is launched again when it dies. */
export class Replica {
  readonly #spec: ReplicaSpec;
  readonly #stopping = new AbortController();
  #state: ReplicaState = { kind: 'starting' };
  #engine: LaunchedEngine | undefined;
  #launching: Promise<void> = Promise.resolve();

  constructor(spec: ReplicaSpec) {
    this.#spec = spec;
  }

  get state(): ReplicaState {
    return this.#state;
  }

  /** Undefined while it takes no requests. */
  get client(): EngineClient | undefined {
    const isReady = this.#state.kind === 'running' && this.#engine?.client.isRunning;
    return isReady ? this.#engine?.client : undefined;
  }

  /** @throws {RayError} what the launch failed with; nothing is left running. */
  async start(): Promise<void> {
    const starting = this.#launch();
    this.#launching = starting.catch(() => undefined); // the caller is told
    return starting;
  }

  /** From now on its death is nobody's concern. */
  stop(): void {
    this.#stopping.abort(new IllegalStateError('The engine was shut down while it was launched.'));
  }

  /** Ends it, also while it is launched. Idempotent. */
  async shutdown(): Promise<void> {
    this.stop();
    await this.#launching;
    await this.#engine?.shutdown();
  }

  async #launch(): Promise<void> {
    const { launch, maxRestarts, onRestart } = this.#spec;
    const engine = await launch(this.#stopping.signal);
    this.#engine = engine;
    this.#stopping.signal.throwIfAborted();
    if (this.#state.kind === 'restarting') await onRestart(engine.client);
    this.#state = nextReplicaState(this.#state, { kind: 'ready' }, maxRestarts);
    engine.client.onFailure((error) => this.#onDeath(error));
  }

  #onDeath(error: RayError): void {
    if (this.#stopping.signal.aborted) return;
    this.#state = nextReplicaState(this.#state, { kind: 'died', error }, this.#spec.maxRestarts);
    this.#spec.onDeath(this.#state);
    if (this.#state.kind === 'restarting') this.#launching = this.#relaunch();
  }

  async #relaunch(): Promise<void> {
    try {
      await this.#engine?.shutdown();
      await this.#launch();
    } catch (error) {
      this.#onDeath(toRayError(error));
    }
  }
}
