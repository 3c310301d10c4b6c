import type { StageConfig } from '../../../src/llm/config/stage-config.js';
import type { RotaryLayers } from '../graphs/index.js';
import { DeviceKvCache } from '../kv/device-kv-cache.js';
import type { DeviceAllocator, OrtEnvironment, PlacedMemory } from '../ort/index.js';
import type { RankDims, RankMemory } from './pass-tensors.js';
import type { RotaryTables } from './rotary-memory.js';
import { uploadFloat32 } from './upload.js';

const FLOAT_BYTES = 4;

/** A copy of the host's tables on the device. */
function uploadRotary(
  environment: OrtEnvironment,
  allocator: DeviceAllocator,
  host: RotaryTables,
  length: number,
): RotaryTables {
  const upload = (from: PlacedMemory): PlacedMemory => {
    const to = allocator.allocate(length * FLOAT_BYTES);
    uploadFloat32(environment, from, to, length);
    return to;
  };
  const uploadTables = (layers: RotaryLayers) => {
    const { cos, sin } = host.tables(layers);
    return { cos: upload(cos), sin: upload(sin) };
  };
  const tables = { full: uploadTables('full'), sliding: uploadTables('sliding') };
  return { tables: (layers) => tables[layers] };
}

/**
 * What of a rank's memory lies on the WebGPU device: the KV cache, the rotary tables and, on the last stage, the residual
 * stream between the layers and the head. Token ids, lengths, logits and what goes to another stage stay on the host, where
 * ONNX Runtime copies them from and to. The cache owns it all.
 */
export function createDeviceRankMemory(
  environment: OrtEnvironment,
  config: StageConfig,
  dims: RankDims,
  rotary: RotaryTables,
): Pick<RankMemory, 'kvCache' | 'rotary' | 'deviceHiddenStates'> {
  const { numSlots, layers, pipelineParallelSize, stage, maxNumBatchedTokens } = config;
  const numLayers = layers.endLayer - layers.firstLayer;
  const kvCache = new DeviceKvCache(environment, { ...dims, numSlots, numLayers, numLanes: pipelineParallelSize });
  try {
    const tableLength = (dims.maxModelLen * dims.headDim) / 2;
    const isLastStage = stage === pipelineParallelSize - 1;
    const { allocator } = kvCache;
    return {
      kvCache,
      rotary: uploadRotary(environment, allocator, rotary, tableLength),
      deviceHiddenStates: isLastStage
        ? allocator.allocate(maxNumBatchedTokens * dims.hiddenSize * FLOAT_BYTES)
        : undefined,
    };
  } catch (error) {
    kvCache.close();
    throw error;
  }
}
