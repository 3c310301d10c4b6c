import type { LayerRange } from '../../../../src/llm/config/stage-config.js';
import type { Architecture, CutContext, StageShard } from '../architecture.js';
import type { Cut } from '../cut.js';
import { CutBuilder } from '../cut-builder.js';
import { attentionBlock } from './attention-block.js';
import type { DecoderFamily } from './decoder-family.js';
import { createDecoderShard, type DecoderShard, layerName } from './decoder-shard.js';
import { embedding } from './embedding.js';
import { lmHead } from './lm-head.js';
import { norm } from './norms.js';

type BuildCut = (shard: DecoderShard, context: CutContext) => Cut | Promise<Cut>;

/**
 * A family's graphs. With one tensor-parallel rank: the stage's layers, and the LM head apart, so that a pass without
 * sampled rows can leave it out. With more: the embedding, each layer's attention and MLP, and what follows the last
 * layer, each of which writes a partial sum that the next one adds to the residual stream.
 * @source transformers' modeling_*.py for the mathematics, Megatron-LM (Shoeybi et al., 2019) for the split.
 */
export function decoder(family: DecoderFamily): Architecture {
  return (stage, layersPerCut = stage.layers.endLayer - stage.layers.firstLayer) => {
    const cuts = stage.tensorRank.size > 1 ? cutsAtAllReduces(stage) : cutsOfWholeLayers(stage, layersPerCut);
    return cuts.map((build) => async (context) => build(createDecoderShard(family, context), context));
  };
}

/** Of a rank with others, the MLP of one layer: built at once, for weights that changed places. */
export function layerMlpCut(family: DecoderFamily, context: Omit<CutContext, 'afterLayer'>, layer: number): Cut {
  return mlpCut(createDecoderShard(family, context), layer);
}

function cutsOfWholeLayers({ layers, isLastStage }: StageShard, layersPerCut: number): BuildCut[] {
  const cuts: BuildCut[] = [];
  for (let firstLayer = layers.firstLayer; firstLayer < layers.endLayer; firstLayer += layersPerCut) {
    const endLayer = Math.min(layers.endLayer, firstLayer + layersPerCut);
    cuts.push((shard, context) => bodyCut(context, shard, { firstLayer, endLayer }));
  }
  return isLastStage ? [...cuts, (shard) => headCut(shard, { kind: 'hidden-states' })] : cuts;
}

function cutsAtAllReduces(stage: StageShard): BuildCut[] {
  const { layers, isFirstStage, isLastStage } = stage;
  const cuts: BuildCut[] = isFirstStage ? [embeddingCut] : [];
  for (let layer = layers.firstLayer; layer < layers.endLayer; layer++) {
    cuts.push((shard) => attentionCut(shard, layer, residualBefore(shard, stage, layer)));
    cuts.push(async (shard, { afterLayer }) => {
      const cut = mlpCut(shard, layer);
      await afterLayer();
      return cut;
    });
  }
  const end = layers.endLayer;
  const last: BuildCut = (shard) => (isLastStage ? headCut : sumCut)(shard, residualBefore(shard, stage, end));
  return [...cuts, last];
}

/** Layers whose sums have no other ranks to wait for. */
export async function decoderLayers(
  shard: DecoderShard,
  cut: CutBuilder,
  { firstLayer, endLayer }: LayerRange,
  input: string,
  afterLayer: CutContext['afterLayer'],
): Promise<string> {
  let x = input;
  for (let layer = firstLayer; layer < endLayer; layer++) {
    const attended = attentionBlock(shard, cut, layer, x);
    x = addToResidual(shard, cut, x, attended, postNormName(shard, layer, 'attentionPostNorm'));
    const computed = mlpBlock(shard, cut, layer, x);
    x = addToResidual(shard, cut, x, computed, postNormName(shard, layer, 'mlpPostNorm'));
    await afterLayer();
  }
  return x;
}

async function bodyCut(context: CutContext, shard: DecoderShard, layers: LayerRange): Promise<Cut> {
  const { isFirstStage, layers: all } = context.shard;
  const isWhole = layers.firstLayer === all.firstLayer && layers.endLayer === all.endLayer;
  const cut = new CutBuilder(isWhole ? 'layers' : `layers.${layers.firstLayer}-${layers.endLayer - 1}`, shard.model);
  const isFirst = isFirstStage && layers.firstLayer === all.firstLayer;
  const x = isFirst ? embedding(shard, cut) : cut.hiddenStates();
  cut.outputHiddenStates(await decoderLayers(shard, cut, layers, x, context.afterLayer));
  return cut.build();
}

function mlpBlock(shard: DecoderShard, cut: CutBuilder, layer: number, x: string): string {
  const { names, mlp } = shard.family;
  return mlp(shard, cut, layer, norm(shard, cut, x, layerName(shard, layer, names.mlpNorm)));
}

type PostNorm = 'attentionPostNorm' | 'mlpPostNorm';

function postNormName(shard: DecoderShard, layer: number, kind: PostNorm): string | undefined {
  const part = shard.family.names[kind];
  return part === undefined ? undefined : layerName(shard, layer, part);
}

/** `postNorm` is of all ranks' sum, which no rank has before the cut that adds it. */
function addToResidual(
  shard: DecoderShard,
  cut: CutBuilder,
  residual: string,
  sum: string,
  postNorm: string | undefined,
): string {
  return cut.graph.node('Add', [residual, postNorm === undefined ? sum : norm(shard, cut, sum, postNorm)]);
}

/**
 * What a cut's residual stream is made of: the previous stage's hidden states, the embedding's partial sums, or the
 * residual stream of the previous cut and the partial sums added to it, normed where the family does.
 */
type ResidualSource =
  | { readonly kind: 'hidden-states' }
  | { readonly kind: 'partial-sums' }
  | { readonly kind: 'both'; readonly postNorm: string | undefined };

/** At the beginning of a layer, or behind the last one. */
function residualBefore(shard: DecoderShard, { layers, isFirstStage }: StageShard, layer: number): ResidualSource {
  if (layer > layers.firstLayer) return { kind: 'both', postNorm: postNormName(shard, layer - 1, 'mlpPostNorm') };
  return { kind: isFirstStage ? 'partial-sums' : 'hidden-states' };
}

function readResidual(shard: DecoderShard, cut: CutBuilder, source: ResidualSource): string {
  if (source.kind === 'hidden-states') return cut.hiddenStates();
  const partialSums = Array.from({ length: shard.tensorParallelSize }, (_, rank) => cut.partialSum(rank));
  if (source.kind === 'partial-sums') return cut.graph.node('Sum', partialSums);
  if (source.postNorm === undefined) return cut.graph.node('Sum', [cut.hiddenStates(), ...partialSums]);
  return addToResidual(shard, cut, cut.hiddenStates(), cut.graph.node('Sum', partialSums), source.postNorm);
}

/** The residual stream for this cut, which is also handed on to the next one where this cut changed it. */
function passResidual(shard: DecoderShard, cut: CutBuilder, source: ResidualSource): string {
  const x = readResidual(shard, cut, source);
  if (source.kind !== 'hidden-states') cut.outputHiddenStates(x);
  return x;
}

function embeddingCut(shard: DecoderShard): Cut {
  const cut = new CutBuilder('embedding', shard.model);
  cut.outputPartialSum(embedding(shard, cut), shard.rank);
  return cut.build();
}

function attentionCut(shard: DecoderShard, layer: number, source: ResidualSource): Cut {
  const cut = new CutBuilder(`layers.${layer}.attention`, shard.model);
  const x = passResidual(shard, cut, source);
  cut.outputPartialSum(attentionBlock(shard, cut, layer, x), shard.rank);
  return cut.build();
}

function mlpCut(shard: DecoderShard, layer: number): Cut {
  const cut = new CutBuilder(`layers.${layer}.mlp`, shard.model);
  const x = passResidual(shard, cut, { kind: 'both', postNorm: postNormName(shard, layer, 'attentionPostNorm') });
  cut.outputPartialSum(mlpBlock(shard, cut, layer, x), shard.rank);
  return cut.build();
}

/** The stage's result, for the next stage. */
function sumCut(shard: DecoderShard, source: ResidualSource): Cut {
  const cut = new CutBuilder('sum', shard.model);
  cut.outputHiddenStates(readResidual(shard, cut, source));
  return cut.build();
}

function headCut(shard: DecoderShard, source: ResidualSource): Cut {
  const cut = new CutBuilder('head', shard.model);
  const x = readResidual(shard, cut, source);
  cut.outputLogits(lmHead(shard, cut, x), shard.vocabularyWidth);
  return cut.build('sampled-passes');
}
