import { IllegalStateError } from '../../core/index.js';
import type { ExecutorConfig } from '../executor/executor-config.js';
import { WorkerMethods } from '../executor/worker-methods.js';
import type { EngineCore } from './engine-core.js';
import type { EngineCoreRequest } from './engine-core-request.js';
import type { UtilityCall } from './utility-call.js';

type State = { readonly kind: 'awake'; readonly core: EngineCore } | { readonly kind: 'asleep' };

/** Builds an engine core, which for the `uni` executor loads the model. */
export type EngineCoreFactory = () => Promise<EngineCore>;

/** Holds the engine core of the thread, takes it down to sleep and builds it again, and answers utility calls. */
export class EngineCoreHost {
  /** The ranks of this thread; undefined where they are processes of their own. */
  readonly #workers: WorkerMethods | undefined;
  readonly #create: EngineCoreFactory;
  #state: State = { kind: 'asleep' };

  private constructor(workers: WorkerMethods | undefined, create: EngineCoreFactory) {
    this.#workers = workers;
    this.#create = create;
  }

  static async start(executor: ExecutorConfig, create: EngineCoreFactory): Promise<EngineCoreHost> {
    const workers =
      executor.kind === 'uni' ? await WorkerMethods.create(executor.stages, executor.workerExtensionCls) : undefined;
    const host = new EngineCoreHost(workers, create);
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
      case 'checkHealth':
        return undefined; // who takes calls is well
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

  async #callWorkers(method: string, args: readonly unknown[]): Promise<unknown[]> {
    this.#requireAwake();
    this.#requireOwnRanks('collectiveRpc');
    return this.#workers!.call(method, args);
  }

  #requireAwake(): EngineCore {
    if (this.#state.kind === 'awake') return this.#state.core;
    throw new IllegalStateError('The engine is asleep. Call wakeUp() first.');
  }

  #requireOwnRanks(what: string): void {
    if (this.#workers !== undefined) return;
    throw new IllegalStateError(
      `${what} needs the ranks in the engine's own process (distributedExecutorBackend 'uni'); these are processes of their own.`,
    );
  }
}
