import type { Architecture, CutContext } from '../architecture.js';
import type { Cut } from '../cut.js';
import { CutBuilder } from '../cut-builder.js';
import { attentionBlock } from './attention-block.js';
import type { DecoderFamily } from './decoder-family.js';
import { createDecoderShard, type DecoderShard, layerName } from './decoder-shard.js';
import { embedding } from './embedding.js';
import { lmHead } from './lm-head.js';
import { norm } from './norms.js';

/**
 * A family's graphs. With one tensor-parallel rank: the stage's layers as one graph, and the LM head as another, so that a
 * pass without sampled rows can leave it out. With more: the embedding, each layer's attention and MLP, and what follows
 * the last layer, each of which writes a partial sum that the next one adds to the residual stream.
 * @source transformers' modeling_*.py for the mathematics, Megatron-LM (Shoeybi et al., 2019) for the split.
 */
export function decoder(family: DecoderFamily): Architecture {
  return async function* decoderCuts(context) {
    const shard = createDecoderShard(family, context);
    if (shard.tensorParallelSize > 1) {
      yield* cutsAtAllReduces(context, shard);
      return;
    }
    yield await bodyCut(context, shard);
    if (context.shard.isLastStage) yield headCut(shard, { kind: 'hidden-states' });
  };
}

async function* cutsAtAllReduces(context: CutContext, shard: DecoderShard): AsyncGenerator<Cut, void, undefined> {
  const { layers, isFirstStage, isLastStage } = context.shard;
  if (isFirstStage) yield embeddingCut(shard);
  let source: ResidualSource = { kind: isFirstStage ? 'partial-sums' : 'hidden-states' };
  for (let layer = layers.firstLayer; layer < layers.endLayer; layer++) {
    yield attentionCut(shard, layer, source);
    yield mlpCut(shard, layer, { kind: 'both', postNorm: postNormName(shard, layer, 'attentionPostNorm') });
    source = { kind: 'both', postNorm: postNormName(shard, layer, 'mlpPostNorm') };
    await context.afterLayer();
  }
  yield isLastStage ? headCut(shard, source) : sumCut(shard, source);
}

/** The stage's layers, whose sums have no other ranks to wait for. */
export async function decoderLayers(
  { shard: { layers }, afterLayer }: CutContext,
  shard: DecoderShard,
  cut: CutBuilder,
  input: string,
): Promise<string> {
  let x = input;
  for (let layer = layers.firstLayer; layer < layers.endLayer; layer++) {
    const attended = attentionBlock(shard, cut, layer, x);
    x = addToResidual(shard, cut, x, attended, postNormName(shard, layer, 'attentionPostNorm'));
    const computed = mlpBlock(shard, cut, layer, x);
    x = addToResidual(shard, cut, x, computed, postNormName(shard, layer, 'mlpPostNorm'));
    await afterLayer();
  }
  return x;
}

async function bodyCut(context: CutContext, shard: DecoderShard): Promise<Cut> {
  const cut = new CutBuilder('layers', shard.model);
  const x = context.shard.isFirstStage ? embedding(shard, cut) : cut.hiddenStates();
  cut.outputHiddenStates(await decoderLayers(context, shard, cut, x));
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

function mlpCut(shard: DecoderShard, layer: number, source: ResidualSource): Cut {
  const cut = new CutBuilder(`layers.${layer}.mlp`, shard.model);
  const x = passResidual(shard, cut, source);
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
