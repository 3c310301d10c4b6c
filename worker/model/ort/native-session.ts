import koffi from 'koffi';
import type { OrtEnvironment } from './environment.js';
import { type GraphOptimization, setGraphOptimization } from './graph-optimization.js';
import type { OrtApi } from './ort-api.js';
import type { OrtPointer } from './table-binder.js';

/** Bytes of a large initializer, which the graph refers to by `path` as if it were a file. */
interface ExternalData {
  readonly path: string;
  readonly data: ArrayBufferView;
}

/** A graph ready for ONNX Runtime. */
export interface SessionModel {
  /** An encoded ONNX ModelProto. */
  readonly bytes: Uint8Array;
  readonly externalData: readonly ExternalData[];
  /** What is left for ONNX Runtime to do to the graph. Default `all`. */
  readonly optimization?: GraphOptimization;
}

function addExternalData(api: OrtApi, options: OrtPointer, externalData: readonly ExternalData[]): void {
  if (externalData.length === 0) return;
  api.addExternalInitializersFromFilesInMemory(
    options,
    externalData.map(({ path }) => path),
    externalData.map(({ data }) => koffi.address(data)),
    BigUint64Array.from(externalData, ({ data }) => BigInt(data.byteLength)),
    externalData.length,
  );
}

/**
 * Creates a session in the process's thread pool, which the caller releases.
 * @param config - ONNX Runtime's configuration entries.
 * @param configure - sets what else the session needs.
 * @throws {ModelLoadError} when ONNX Runtime refuses the graph.
 */
export function createNativeSession(
  { api, handle }: OrtEnvironment,
  { bytes, externalData, optimization = 'all' }: SessionModel,
  config: Readonly<Record<string, string>>,
  configure: (options: OrtPointer) => void,
): OrtPointer {
  const options = api.createSessionOptions();
  try {
    api.disablePerSessionThreads(options);
    setGraphOptimization(api, options, optimization);
    for (const [key, value] of Object.entries(config)) api.addSessionConfigEntry(options, key, value);
    configure(options);
    addExternalData(api, options, externalData);
    return api.createSessionFromArray(handle, bytes, bytes.byteLength, options);
  } finally {
    api.releaseSessionOptions(options);
  }
}
