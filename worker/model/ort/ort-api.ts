import koffi, { type LibraryHandle } from 'koffi';
import { InvalidArgumentError } from '../../../src/core/index.js';
import { ORT_API_VERSION } from './api-table.js';
import { createTableBinder, type OrtPointer, type TableBinder } from './table-binder.js';

/**
 * ONNX Runtime's C functions, named as in onnxruntime_c_api.h. A `create…` returns an object that the caller hands to
 * the `release…` of its kind; all but the releases throw what {@link fromOrtStatus} makes of a failed status.
 */
export interface OrtApi {
  readonly version: string;
  createThreadingOptions(): OrtPointer;
  setGlobalIntraOpNumThreads(options: OrtPointer, numThreads: number): void;
  setGlobalInterOpNumThreads(options: OrtPointer, numThreads: number): void;
  setGlobalSpinControl(options: OrtPointer, allowSpinning: number): void;
  releaseThreadingOptions(options: OrtPointer): void;
  createEnvWithGlobalThreadPools(logLevel: number, logId: string, options: OrtPointer): OrtPointer;
  /** `arenaConfig`: null for the defaults. */
  createAndRegisterAllocator(env: OrtPointer, memoryInfo: OrtPointer, arenaConfig: null): void;
  /** `allocator`: 0 device, 1 arena. `memType`: 0 default. */
  createCpuMemoryInfo(allocator: number, memType: number): OrtPointer;
  /** `name`: of the kind of memory, as `WebGPU_Buf`. `allocator` and `memType` as {@link createCpuMemoryInfo}. */
  createMemoryInfo(name: string, allocator: number, deviceId: number, memType: number): OrtPointer;
  createAllocator(session: OrtPointer, memoryInfo: OrtPointer): OrtPointer;
  releaseAllocator(allocator: OrtPointer): void;
  allocatorAlloc(allocator: OrtPointer, byteLength: number): OrtPointer;
  allocatorFree(allocator: OrtPointer, memory: OrtPointer): void;
  createSessionOptions(): OrtPointer;
  /** Keys and values of the provider's options, `count` each. */
  sessionOptionsAppendExecutionProvider(
    options: OrtPointer,
    provider: string,
    keys: readonly string[],
    values: readonly string[],
    count: number,
  ): void;
  disablePerSessionThreads(options: OrtPointer): void;
  setSessionGraphOptimizationLevel(options: OrtPointer, level: number): void;
  /** The graph is saved there when a session has been created from it. */
  setOptimizedModelFilePath(options: OrtPointer, path: string): void;
  addSessionConfigEntry(options: OrtPointer, key: string, value: string): void;
  addExternalInitializersFromFilesInMemory(
    options: OrtPointer,
    names: readonly string[],
    addresses: readonly bigint[],
    byteLengths: BigUint64Array,
    count: number,
  ): void;
  releaseSessionOptions(options: OrtPointer): void;
  createSessionFromArray(env: OrtPointer, model: Uint8Array, byteLength: number, options: OrtPointer): OrtPointer;
  releaseSession(session: OrtPointer): void;
  createTensorWithDataAsOrtValue(
    memoryInfo: OrtPointer,
    address: bigint,
    byteLength: number,
    dims: BigInt64Array,
    rank: number,
    elementType: number,
  ): OrtPointer;
  releaseValue(value: OrtPointer): void;
  createIoBinding(session: OrtPointer): OrtPointer;
  bindInput(binding: OrtPointer, name: string, value: OrtPointer): void;
  bindOutput(binding: OrtPointer, name: string, value: OrtPointer): void;
  releaseIoBinding(binding: OrtPointer): void;
  runWithBinding(session: OrtPointer, runOptions: OrtPointer | null, binding: OrtPointer): void;
}

function decodeTable(library: LibraryHandle): { readonly table: OrtPointer; readonly version: string } {
  const base = library.func('OrtGetApiBase', 'void *', [])();
  const [getApi, getVersionString] = koffi.decode(base, koffi.array('void *', 2));
  const version: string = koffi.call(getVersionString, koffi.proto('str', []));
  const table: OrtPointer | null = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), ORT_API_VERSION);
  if (table === null) {
    throw new InvalidArgumentError(
      `The ONNX Runtime library is version ${version}, but 1.${ORT_API_VERSION} or newer is needed. Reinstall onnxruntime-node.`,
    );
  }
  return { table, version };
}

/** How the graph of a session is optimized. */
function bindOptimization({ call }: TableBinder) {
  return {
    setSessionGraphOptimizationLevel: call('SetSessionGraphOptimizationLevel', ['void *', 'int']),
    setOptimizedModelFilePath: call('SetOptimizedModelFilePath', ['void *', 'str']),
  };
}

/** What sessions on a device need besides. */
function bindDevices({ call, create, release }: TableBinder) {
  return {
    createMemoryInfo: create('CreateMemoryInfo', ['str', 'int', 'int', 'int']),
    createAllocator: create('CreateAllocator', ['void *', 'void *']),
    releaseAllocator: release('ReleaseAllocator'),
    allocatorAlloc: create('AllocatorAlloc', ['void *', 'size_t']),
    allocatorFree: call('AllocatorFree', ['void *', 'void *']),
    sessionOptionsAppendExecutionProvider: call('SessionOptionsAppendExecutionProvider', [
      'void *',
      'str',
      'str *',
      'str *',
      'size_t',
    ]),
  };
}

/**
 * The functions of a loaded ONNX Runtime library, which must stay loaded.
 * @throws {InvalidArgumentError} when the library is older than {@link ORT_API_VERSION}.
 */
export function createOrtApi(library: LibraryHandle): OrtApi {
  const { table, version } = decodeTable(library);
  const binder = createTableBinder(table);
  const { call, create, release } = binder;
  return {
    version,
    createThreadingOptions: create('CreateThreadingOptions', []),
    setGlobalIntraOpNumThreads: call('SetGlobalIntraOpNumThreads', ['void *', 'int']),
    setGlobalInterOpNumThreads: call('SetGlobalInterOpNumThreads', ['void *', 'int']),
    setGlobalSpinControl: call('SetGlobalSpinControl', ['void *', 'int']),
    releaseThreadingOptions: release('ReleaseThreadingOptions'),
    createEnvWithGlobalThreadPools: create('CreateEnvWithGlobalThreadPools', ['int', 'str', 'void *']),
    createAndRegisterAllocator: call('CreateAndRegisterAllocator', ['void *', 'void *', 'void *']),
    createCpuMemoryInfo: create('CreateCpuMemoryInfo', ['int', 'int']),
    ...bindDevices(binder),
    ...bindOptimization(binder),
    createSessionOptions: create('CreateSessionOptions', []),
    disablePerSessionThreads: call('DisablePerSessionThreads', ['void *']),
    addSessionConfigEntry: call('AddSessionConfigEntry', ['void *', 'str', 'str']),
    addExternalInitializersFromFilesInMemory: call('AddExternalInitializersFromFilesInMemory', [
      'void *',
      'str *',
      'void **',
      'size_t *',
      'size_t',
    ]),
    releaseSessionOptions: release('ReleaseSessionOptions'),
    createSessionFromArray: create('CreateSessionFromArray', ['void *', 'void *', 'size_t', 'void *']),
    releaseSession: release('ReleaseSession'),
    createTensorWithDataAsOrtValue: create('CreateTensorWithDataAsOrtValue', [
      'void *',
      'void *',
      'size_t',
      'int64_t *',
      'size_t',
      'int',
    ]),
    releaseValue: release('ReleaseValue'),
    createIoBinding: create('CreateIoBinding', ['void *']),
    bindInput: call('BindInput', ['void *', 'str', 'void *']),
    bindOutput: call('BindOutput', ['void *', 'str', 'void *']),
    releaseIoBinding: release('ReleaseIoBinding'),
    runWithBinding: call('RunWithBinding', ['void *', 'void *', 'void *']),
  };
}
