import type { LibraryHandle } from 'koffi';
import { RayError } from '../../../src/core/index.js';
import { loadOrtLibrary } from './native-library.js';
import { createOrtApi, type OrtApi } from './ort-api.js';
import type { OrtPointer } from './table-binder.js';

const LOG_LEVEL_ERROR = 3;
const DEVICE_ALLOCATOR = 0;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;
const FIRST_DEVICE = 0;

/** Size and temper of the process's one pool of compute threads. */
export interface ThreadPoolOptions {
  /** Threads that one operator is spread over, the calling thread included. */
  readonly numThreads: number;
  /** Pool threads busy-wait between operators: faster, but only while no more threads run than there are cores. */
  readonly allowSpinning: boolean;
}

/** ONNX Runtime as this process has it. */
export interface OrtEnvironment {
  readonly api: OrtApi;
  readonly handle: OrtPointer;
  readonly cpuMemory: OrtPointer;
  /** Of the WebGPU device, for allocators and tensors over its buffers. */
  readonly webgpuMemory: OrtPointer;
  /** Held because koffi unloads a library whose object is collected. */
  readonly library: LibraryHandle;
}

let opened: OrtEnvironment | undefined;

function createEnvironment(api: OrtApi, pool: ThreadPoolOptions): OrtPointer {
  const options = api.createThreadingOptions();
  try {
    api.setGlobalIntraOpNumThreads(options, pool.numThreads);
    api.setGlobalInterOpNumThreads(options, 1);
    api.setGlobalSpinControl(options, pool.allowSpinning ? 1 : 0);
    return api.createEnvWithGlobalThreadPools(LOG_LEVEL_ERROR, 'ray-ts', options);
  } finally {
    api.releaseThreadingOptions(options);
  }
}

/** Makes the arena of the sessions that share one. */
function registerSharedArena(api: OrtApi, env: OrtPointer): void {
  try {
    api.createAndRegisterAllocator(env, api.createCpuMemoryInfo(ARENA_ALLOCATOR, DEFAULT_MEMORY), null);
  } catch (error) {
    // Another thread of this process came first: the environment is shared, and has its arena.
    const isRegistered = error instanceof RayError && error.details['ortCode'] === 'INVALID_ARGUMENT';
    if (!isRegistered) throw error;
  }
}

/**
 * Returns the process's environment, creating it at the first call. ONNX Runtime has one environment per process, over
 * all its threads, and the first to create it decides: the pool options of later calls have no effect. All sessions
 * share its pool, because with a pool each the spinning threads of many sessions fight for the cores. Sessions can't be
 * created when something else, such as onnxruntime-node's own JavaScript, made an environment without a global pool
 * before. It is never released: pool threads may outlive the JavaScript thread that came first.
 * @throws {InvalidArgumentError} when this platform has no ONNX Runtime library.
 */
export function openOrtEnvironment(pool: ThreadPoolOptions): OrtEnvironment {
  if (opened !== undefined) return opened;
  const library = loadOrtLibrary();
  const api = createOrtApi(library);
  const handle = createEnvironment(api, pool);
  registerSharedArena(api, handle);
  const cpuMemory = api.createCpuMemoryInfo(DEVICE_ALLOCATOR, DEFAULT_MEMORY);
  const webgpuMemory = api.createMemoryInfo('WebGPU_Buf', DEVICE_ALLOCATOR, FIRST_DEVICE, DEFAULT_MEMORY);
  opened = { api, handle, library, cpuMemory, webgpuMemory };
  return opened;
}
