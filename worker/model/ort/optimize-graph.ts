import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrtEnvironment } from './environment.js';
import { createNativeSession, type SessionModel } from './native-session.js';

const GRAPH_FILE = 'graph.onnx';
const WEIGHTS_FILE = 'weights';

/**
 * Has ONNX Runtime optimize a graph for the CPU. Writes the weights to a folder for temporary files and removes them again:
 * ONNX Runtime saves no graph without.
 * @param minExternalBytes - initializers from this size on lie outside the result, at a location that no longer exists.
 * @returns an encoded ModelProto.
 * @throws {ModelLoadError} when ONNX Runtime refuses the graph or can't write it.
 */
export function optimizeGraph(environment: OrtEnvironment, model: SessionModel, minExternalBytes: number): Uint8Array {
  const { api } = environment;
  const folder = mkdtempSync(join(tmpdir(), 'ray-ts-graph-'));
  try {
    const path = join(folder, GRAPH_FILE);
    const config = {
      'session.optimized_model_external_initializers_file_name': WEIGHTS_FILE,
      'session.optimized_model_external_initializers_min_size_in_bytes': String(minExternalBytes),
      // The session computes nothing: no need to pack its weights.
      'session.disable_prepacking': '1',
    };
    api.releaseSession(
      createNativeSession(environment, model, config, (options) => api.setOptimizedModelFilePath(options, path)),
    );
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
