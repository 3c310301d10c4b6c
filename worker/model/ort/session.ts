import { Binding } from './binding.js';
import type { OrtEnvironment } from './environment.js';
import { appendExecutionProvider, type ExecutionProvider } from './execution-provider.js';
import { createNativeSession, type SessionModel } from './native-session.js';
import { requireOpen } from './require-open.js';
import type { OrtPointer } from './table-binder.js';

/** A session on its way from one thread of the process to another. */
export interface HandedSession {
  readonly pointer: OrtPointer;
}

/**
 * Where a session takes the memory it computes in from. An arena keeps the most that was ever needed. `own` is up to 10%
 * faster; `shared` is one for all such sessions of the process, where many sessions that run in turn would each keep
 * their own (measured: 280 MB against 28 MB for 48 sessions after a prefill of 256 tokens).
 */
export type SessionArena = 'own' | 'shared';

function sessionConfig(arena: SessionArena): Readonly<Record<string, string>> {
  return {
    // Initializers are repacked for the matrix kernels when the session is created. Kept out of the arena, the originals
    // go back to the system then, instead of staying as its free list.
    'session.use_device_allocator_for_initializers': '1',
    'session.use_env_allocators': arena === 'shared' ? '1' : '0',
  };
}

function createSession(
  environment: OrtEnvironment,
  model: SessionModel,
  arena: SessionArena,
  provider: ExecutionProvider,
): OrtPointer {
  return createNativeSession(environment, model, sessionConfig(arena), (options) =>
    appendExecutionProvider(environment, options, provider),
  );
}

/** One graph, loaded and optimized. Runs block the calling thread; one at a time. */
export class Session {
  readonly #environment: OrtEnvironment;
  #session: OrtPointer | undefined;

  /**
   * Copies graph and external data, which may be let go afterwards.
   * @param model - or the session that another thread of the process handed over, with its arena and provider.
   * @throws {ModelLoadError} when ONNX Runtime refuses the graph.
   */
  constructor(
    environment: OrtEnvironment,
    model: SessionModel | HandedSession,
    arena: SessionArena = 'own',
    provider: ExecutionProvider = 'cpu',
  ) {
    this.#environment = environment;
    this.#session = 'pointer' in model ? model.pointer : createSession(environment, model, arena, provider);
  }

  /** The native session, for allocators of its device. */
  get pointer(): OrtPointer {
    return requireOpen(this.#session, 'session');
  }

  /** Ends this object, not the session: some other thread's object is its owner from now on. */
  handOver(): HandedSession {
    const { pointer } = this;
    this.#session = undefined;
    return { pointer };
  }

  /** An empty binding, to be closed by the caller before the session. */
  createBinding(): Binding {
    return new Binding(this.#environment, this.pointer);
  }

  /** Computes every output of the graph; all inputs and outputs must be bound. */
  run(binding: Binding): void {
    this.#environment.api.runWithBinding(this.pointer, null, binding.pointer);
  }

  close(): void {
    if (this.#session === undefined) return;
    this.#environment.api.releaseSession(this.#session);
    this.#session = undefined;
  }
}
