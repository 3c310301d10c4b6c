import type { ModelConfig, RopeConfig } from '../../../../src/llm/config/model-config.js';
import { numRotationsOf, rotaryDimOf } from '../../../../src/llm/config/rotary-dim.js';
import { type Attribute, float, int } from '../../onnx/index.js';
import { rangeLength, scaleRange } from '../../weights/index.js';
import type { CutBuilder } from '../cut-builder.js';
import { type DecoderShard, layerName } from './decoder-shard.js';
import { type HeadLayout, plainHeadLayout, rotaryHeadLayout } from './head-layout.js';
import { norm } from './norms.js';
import { rowParallel } from './projections.js';
import { queryKeyValue } from './query-key-value.js';

const hasWindow = ({ slidingWindow }: ModelConfig, layer: number): boolean => slidingWindow?.layers[layer] === true;

function ropeOf(model: ModelConfig, layer: number): RopeConfig {
  return hasWindow(model, layer) ? model.slidingWindow!.rope : model.rope;
}

function attentionScale({ attentionScale, scalesAttentionByLayer, headDim }: ModelConfig, layer: number): number {
  const scale = attentionScale ?? 1 / Math.sqrt(headDim);
  return scalesAttentionByLayer === true ? scale / (layer + 1) : scale;
}

function attentionAttributes(shard: DecoderShard, layer: number, isRotary: boolean): Record<string, Attribute> {
  const { model, heads, keyValueHeads } = shard;
  return {
    num_heads: int(rangeLength(heads)),
    kv_num_heads: int(rangeLength(keyValueHeads)),
    do_rotary: int(isRotary ? 1 : 0),
    scale: float(attentionScale(model, layer)),
    ...(model.attentionSoftcap !== undefined && { softcap: float(model.attentionSoftcap) }),
    ...(hasWindow(model, layer) && { local_window_size: int(model.slidingWindow!.size) }),
  };
}

function attend(shard: DecoderShard, cut: CutBuilder, layer: number, x: string): string {
  const { model, family, keyValueHeads } = shard;
  const isRotary = family.names.positions === undefined;
  const layout: HeadLayout = isRotary
    ? rotaryHeadLayout(model.headDim, 2 * numRotationsOf(rotaryDimOf(ropeOf(model, layer), model.headDim)))
    : plainHeadLayout(model.headDim);
  const heads = (family.queryKeyValue ?? queryKeyValue)(shard, cut, layer, x, layout);
  const cache = cut.cache(layer, rangeLength(keyValueHeads));
  const rotary = isRotary ? cut.rotaryTables(hasWindow(model, layer) ? 'sliding' : 'full') : [];
  return cut.graph.node(
    'GroupQueryAttention',
    [...heads, cache.pastKey, cache.pastValue, ...cut.lengths(), ...rotary],
    {
      domain: 'com.microsoft',
      outputs: [`attended.${layer}`, cache.presentKey, cache.presentValue],
      attributes: attentionAttributes(shard, layer, isRotary),
    },
  );
}

/** Norm, attention over the rank's heads with the cache updated in place, and output projection: a partial sum. */
export function attentionBlock(shard: DecoderShard, cut: CutBuilder, layer: number, x: string): string {
  const { model, heads, family } = shard;
  const normed = norm(shard, cut, x, layerName(shard, layer, family.names.attentionNorm));
  return rowParallel(shard, cut.graph, attend(shard, cut, layer, normed), {
    name: layerName(shard, layer, family.names.attentionOutput),
    outputs: model.hiddenSize,
    inputs: model.numAttentionHeads * model.headDim,
    inputsFrom: 'num_attention_heads × head_dim',
    columns: scaleRange(heads, model.headDim),
    hasBias: model.attentionOutputBias ?? model.attentionBias,
    groups: { size: model.headDim, width: plainHeadLayout(model.headDim).width },
  });
}
