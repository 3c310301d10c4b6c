import type { CutContext } from '../architecture.js';
import type { Cut } from '../cut.js';
import { CutBuilder } from '../cut-builder.js';
import { attentionBlock, attentionInputs, embedding, lmHead, mlpBlock } from './blocks.js';
import { createLlamaShard, type LlamaShard } from './llama-shard.js';

/**
 * Llama's graphs. With one tensor-parallel rank: the stage's layers as one graph, and the LM head as another, so that a
 * pass without sampled rows can leave it out. With more: the embedding, each layer's attention and MLP, and what follows
 * the last layer, each of which writes a partial sum that the next one adds to the residual stream.
 * @source transformers' modeling_llama.py for the mathematics, Megatron-LM (Shoeybi et al., 2019) for the split.
 */
export async function* llamaCuts(context: CutContext): AsyncGenerator<Cut, void, undefined> {
  const shard = createLlamaShard(context);
  if (shard.tensorParallelSize > 1) {
    yield* cutsAtAllReduces(context, shard);
    return;
  }
  yield await bodyCut(context, shard);
  if (context.shard.isLastStage) yield headCut(shard, 'hidden-states');
}

async function* cutsAtAllReduces(context: CutContext, shard: LlamaShard): AsyncGenerator<Cut, void, undefined> {
  const { layers, isFirstStage, isLastStage } = context.shard;
  if (isFirstStage) yield embeddingCut(shard);
  let source: ResidualSource = isFirstStage ? 'partial-sums' : 'hidden-states';
  for (let layer = layers.firstLayer; layer < layers.endLayer; layer++) {
    yield attentionCut(shard, layer, source);
    yield mlpCut(shard, layer);
    source = 'both';
    await context.afterLayer();
  }
  yield isLastStage ? headCut(shard, 'both') : sumCut(shard);
}

async function bodyCut(context: CutContext, shard: LlamaShard): Promise<Cut> {
  const { layers, isFirstStage } = context.shard;
  const cut = new CutBuilder('layers', shard.model);
  let x = isFirstStage ? embedding(shard, cut) : cut.hiddenStates();
  const inputs = attentionInputs(cut);
  for (let layer = layers.firstLayer; layer < layers.endLayer; layer++) {
    x = cut.graph.node('Add', [x, attentionBlock(shard, cut, layer, x, inputs)]);
    x = cut.graph.node('Add', [x, mlpBlock(shard, cut, layer, x)]);
    await context.afterLayer();
  }
  cut.outputHiddenStates(x);
  return cut.build();
}

/**
 * What a cut's residual stream is made of: the previous stage's hidden states, the embedding's partial sums, or the
 * residual stream of the previous cut and the partial sums added to it.
 */
type ResidualSource = 'hidden-states' | 'partial-sums' | 'both';

function readResidual(shard: LlamaShard, cut: CutBuilder, source: ResidualSource): string {
  if (source === 'hidden-states') return cut.hiddenStates();
  const partialSums = Array.from({ length: shard.tensorParallelSize }, (_, rank) => cut.partialSum(rank));
  return cut.graph.node('Sum', source === 'both' ? [cut.hiddenStates(), ...partialSums] : partialSums);
}

/** The residual stream for this cut, which is also handed on to the next one where this cut changed it. */
function passResidual(shard: LlamaShard, cut: CutBuilder, source: ResidualSource): string {
  const x = readResidual(shard, cut, source);
  if (source !== 'hidden-states') cut.outputHiddenStates(x);
  return x;
}

function embeddingCut(shard: LlamaShard): Cut {
  const cut = new CutBuilder('embedding', shard.model);
  cut.outputPartialSum(embedding(shard, cut), shard.rank);
  return cut.build();
}

function attentionCut(shard: LlamaShard, layer: number, source: ResidualSource): Cut {
  const cut = new CutBuilder(`layers.${layer}.attention`, shard.model);
  const x = passResidual(shard, cut, source);
  cut.outputPartialSum(attentionBlock(shard, cut, layer, x, attentionInputs(cut)), shard.rank);
  return cut.build();
}

function mlpCut(shard: LlamaShard, layer: number): Cut {
  const cut = new CutBuilder(`layers.${layer}.mlp`, shard.model);
  const x = passResidual(shard, cut, 'both');
  cut.outputPartialSum(mlpBlock(shard, cut, layer, x), shard.rank);
  return cut.build();
}

/** The stage's result, for the next stage. */
function sumCut(shard: LlamaShard): Cut {
  const cut = new CutBuilder('sum', shard.model);
  cut.outputHiddenStates(readResidual(shard, cut, 'both'));
  return cut.build();
}

function headCut(shard: LlamaShard, source: ResidualSource): Cut {
  const cut = new CutBuilder('head', shard.model);
  const x = readResidual(shard, cut, source);
  cut.outputLogits(lmHead(shard, cut, x), shard.vocabularyWidth);
  return cut.build('sampled-passes');
}
