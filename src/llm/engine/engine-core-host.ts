import { IllegalStateError } from '../../core/index.js';
import type { ExecutorConfig } from '../executor/executor-config.js';
import { callWorkers } from '../executor/worker-methods.js';
import type { EngineCore } from './engine-core.js';
import type { EngineCoreRequest } from './engine-core-request.js';
import type { UtilityCall } from './utility-call.js';

type State = { readonly kind: 'awake'; readonly core: EngineCore } | { readonly kind: 'asleep' };

/** Builds an engine core, which for the `uni` executor loads the model. */
export type EngineCoreFactory = () => Promise<EngineCore>;

/** Holds the engine core of the thread, takes it down to sleep and builds it again, and answers utility calls. */
export class EngineCoreHost {
  readonly #executor: ExecutorConfig;
  readonly #create: EngineCoreFactory;
  #state: State = { kind: 'asleep' };

  private constructor(executor: ExecutorConfig, create: EngineCoreFactory) {
    this.#executor = executor;
    this.#create = create;
  }

  static async start(executor: ExecutorConfig, create: EngineCoreFactory): Promise<EngineCoreHost> {
    const host = new EngineCoreHost(executor, create);
    await host.#wakeUp();
    return host;
  }

  /** Undefined while it has nothing to do, also because it sleeps. */
  get busyCore(): EngineCore | undefined {
    return this.#state.kind === 'awake' && this.#state.core.hasWork() ? this.#state.core : undefined;
  }

  addRequest(request: EngineCoreRequest): void {
    this.#requireAwake().addRequest(request);
  }

  /** Unknown ids are ignored. */
  abortRequest(requestId: string): void {
    if (this.#state.kind === 'awake') this.#state.core.abortRequest(requestId);
  }

  /** @throws {RayError} what the call failed with; the engine goes on. */
  async call(call: UtilityCall): Promise<unknown> {
    switch (call.method) {
      case 'resetPrefixCache':
        return this.#requireAwake().resetPrefixCache();
      case 'stats':
        return this.#requireAwake().stats();
      case 'sleep':
        return this.#sleep();
      case 'wakeUp':
        return this.#wakeUp();
      case 'collectiveRpc':
        return this.#callWorkers(call.workerMethod, call.args);
    }
  }

  shutdown(): void {
    if (this.#state.kind === 'awake') this.#state.core.shutdown();
    this.#state = { kind: 'asleep' };
  }

  #sleep(): void {
    if (this.#state.kind === 'asleep') return;
    this.#requireOwnRanks('sleep');
    if (this.#state.core.hasWork()) {
      throw new IllegalStateError('The engine can not sleep while requests are unfinished. Await or abort them first.');
    }
    this.shutdown();
  }

  async #wakeUp(): Promise<void> {
    if (this.#state.kind === 'asleep') this.#state = { kind: 'awake', core: await this.#create() };
  }

  #callWorkers(method: string, args: readonly unknown[]): unknown[] {
    this.#requireAwake();
    return callWorkers(this.#requireOwnRanks('collectiveRpc'), method, args);
  }

  #requireAwake(): EngineCore {
    if (this.#state.kind === 'awake') return this.#state.core;
    throw new IllegalStateError('The engine is asleep. Call wakeUp() first.');
  }

  #requireOwnRanks(what: string) {
    if (this.#executor.kind === 'uni') return this.#executor.stages;
    throw new IllegalStateError(
      `${what} needs the ranks in the engine's own process (distributedExecutorBackend 'uni'); these are actors of the cluster.`,
    );
  }
}
