import { invariant } from '../../../../src/core/index.js';
import type { ExpertsConfig } from '../../../../src/llm/config/experts-config.js';
import { int } from '../../onnx/index.js';
import { evenSlice, type Range, rangeLength } from '../../weights/index.js';
import type { CutBuilder } from '../cut-builder.js';
import { activate } from '../decoder/activations.js';
import type { MlpBlock } from '../decoder/decoder-family.js';
import { type DecoderShard, layerName } from '../decoder/decoder-shard.js';
import { columnParallel, rowParallel, wholeRows } from '../decoder/projections.js';
import { countByNumber, type ExpertGroups, groupByExpert, sortingOrder } from './expert-groups.js';
import { ExpertsWeightSource } from './experts-weight-source.js';
import { allExperts, findLocalExperts, type LocalExperts } from './local-experts.js';
import { routeTokens } from './route-tokens.js';

/** Names within a layer, transformers 5's. */
const ROUTER = 'mlp.gate';
const EXPERTS = 'mlp.experts';

/** The fields of config.json with an expert's intermediate size; the first one goes before the other. */
const INTERMEDIATE_SIZE = 'moe_intermediate_size or intermediate_size';

/** One layer's experts, as far as the rank holds them. */
interface LayerExperts {
  readonly shard: DecoderShard;
  readonly cut: CutBuilder;
  readonly config: ExpertsConfig;
  readonly layer: number;
  /** Of the checkpoint and of values in the graph. */
  readonly prefix: string;
  readonly local: LocalExperts;
  /** The rank's part of every local expert's intermediate size. */
  readonly intermediate: Range;
}

const axis = (dim: number) => ({ attributes: { axis: int(dim) } });

/** The router is never quantized: it is small, and what it gets wrong goes to other experts altogether. */
function routerLogits({ shard, cut, config, layer }: LayerExperts, x: string): string {
  const { numExperts } = config;
  const { hiddenSize } = shard.model;
  const name = `${layerName(shard, layer, ROUTER)}.weight`;
  const weight = shard.allocateWeights(numExperts * hiddenSize);
  const shape = { shape: [numExperts, hiddenSize], shapeFrom: ['num_experts', 'hidden_size'] };
  shard.weights.read({ name, ...shape, rows: { start: 0, end: numExperts } }, weight);
  const inputs = [x, cut.graph.initializer(name, weight, [numExperts, hiddenSize])];
  return cut.graph.node('FusedMatMul', inputs, { attributes: { transB: int(1) }, domain: 'com.microsoft' });
}

/** The tokens of the choices that this rank computes, ordered by expert, float32 [its choices, hiddenSize]. */
function gatherTokens({ cut, config, prefix }: LayerExperts, tokens: string, { order, numHere }: ExpertGroups): string {
  const { graph } = cut;
  const start = graph.integers(`${prefix}.first_choice_here`, [0]);
  const choices = numHere === undefined ? order : graph.node('Slice', [order, start, numHere]);
  const choicesPerToken = graph.integers(`${prefix}.choices_per_token`, [config.numExpertsPerToken]);
  return graph.node('Gather', [tokens, graph.node('Div', [choices, choicesPerToken])]);
}

function splitByExpert({ cut, prefix, local }: LayerExperts, what: string, x: string, counts: string): string[] {
  const outputs = local.experts.map((_, index) => `${prefix}.${what}.${index}`);
  cut.graph.node('Split', [x, counts], { outputs, ...axis(0) });
  return outputs;
}

/** Gate and up projection of an expert's tokens, float32 [its tokens, 2 × the rank's intermediate size]. */
function projectGateUp({ shard, cut, config, prefix, intermediate }: LayerExperts, expert: number, x: string) {
  const parts = ['gate_proj', 'up_proj'].map((name) =>
    wholeRows(
      `${prefix}.${expert}.${name}`,
      { outputs: config.intermediateSize, outputsFrom: INTERMEDIATE_SIZE },
      intermediate,
    ),
  );
  return columnParallel(shard, cut.graph, x, { inputs: shard.model.hiddenSize, hasBias: false, parts });
}

function projectDown({ shard, cut, config, prefix, intermediate }: LayerExperts, expert: number, x: string) {
  return rowParallel(shard, cut.graph, x, {
    name: `${prefix}.${expert}.down_proj`,
    outputs: shard.model.hiddenSize,
    inputs: config.intermediateSize,
    inputsFrom: INTERMEDIATE_SIZE,
    columns: intermediate,
    hasBias: false,
  });
}

function activateProducts({ shard, cut, prefix, intermediate }: LayerExperts, gateUp: string): string {
  const { graph } = cut;
  const width = rangeLength(intermediate);
  const outputs = [`${prefix}.gate`, `${prefix}.up`] as const;
  const sizes = graph.integers(`${prefix}.gate_up_sizes`, [width, width]);
  graph.node('Split', [gateUp, sizes], { outputs, ...axis(-1) });
  return graph.node('Mul', [activate(graph, outputs[0], shard.model.activation), outputs[1]]);
}

/**
 * Every local expert's output for its tokens, float32 [the rank's choices, hiddenSize], ordered by expert. An expert without
 * tokens multiplies no rows, so that its weights are not read.
 */
function computeExperts(experts: LayerExperts, x: string, { counts }: ExpertGroups): string {
  const { cut, local } = experts;
  const inputs = splitByExpert(experts, 'input', x, counts);
  const gateUp = inputs.map((input, index) => projectGateUp(experts, local.experts[index]!, input));
  const activated = activateProducts(experts, cut.graph.node('Concat', gateUp, axis(0)));
  const outputs = splitByExpert(experts, 'activated', activated, counts);
  const results = outputs.map((output, index) => projectDown(experts, local.experts[index]!, output));
  return cut.graph.node('Concat', results, axis(0));
}

/** Results of all choices in the order of tokens, float32 [choices, hiddenSize]; 0 for those that other ranks compute. */
function resultsByChoice({ cut, prefix, shard }: LayerExperts, results: string, groups: ExpertGroups): string {
  const { graph } = cut;
  const { order, numHere } = groups;
  const positions = sortingOrder(graph, `${prefix}.positions`, order, graph.node('Shape', [order]));
  if (numHere === undefined) return graph.node('Gather', [results, positions]);
  const { hiddenSize } = shard.model;
  const zeros = graph.initializer(`${prefix}.no_result`, new Float32Array(hiddenSize), [1, hiddenSize]);
  const withZeros = graph.node('Concat', [results, zeros], axis(0));
  return graph.node('Gather', [withZeros, graph.node('Min', [positions, numHere])]);
}

/** Adds up each token's experts to [tokens, hiddenSize], from the results of all choices. */
function combine({ cut, prefix, config, shard }: LayerExperts, results: string, weights: string): string {
  const { graph } = cut;
  const byToken = graph.integers(`${prefix}.by_token`, [-1, config.numExpertsPerToken, shard.model.hiddenSize]);
  const outputs = graph.node('Reshape', [results, byToken]);
  const column = graph.node('Unsqueeze', [weights, graph.integers(`${prefix}.weight_dim`, [-1])]);
  const inputs = [graph.node('Mul', [outputs, column]), graph.integers(`${prefix}.expert_dim`, [1])];
  return graph.node('ReduceSum', inputs, { attributes: { keepdims: int(0) } });
}

/** Every rank's router picks the same experts, so each rank knows the load of all of them. */
function outputCounts({ cut, config, prefix, layer }: LayerExperts, choices: string): void {
  const { graph } = cut;
  const counts = countByNumber(graph, `${prefix}.load`, choices, graph.node('Shape', [choices]), config.numExperts);
  cut.outputExpertCounts(counts, layer, config.numExperts);
}

function mixExperts(experts: LayerExperts, x: string): string {
  const { cut, config, prefix, local, shard } = experts;
  const { graph } = cut;
  const flatDims = graph.integers(`${prefix}.flat_dims`, [-1, shard.model.hiddenSize]);
  const tokens = graph.node('Reshape', [x, flatDims]);
  const routes = routeTokens(graph, prefix, routerLogits(experts, tokens), config);
  const choices = graph.node('Reshape', [routes.experts, graph.integers(`${prefix}.one_dim`, [-1])]);
  if (shard.expertParallel?.balancing !== undefined) outputCounts(experts, choices);
  const { numExpertsPerToken } = config;
  const groups = groupByExpert(graph, prefix, choices, { local, numExpertsPerToken });
  const results = computeExperts(experts, gatherTokens(experts, tokens, groups), groups);
  const sums = combine(experts, resultsByChoice(experts, results, groups), routes.weights);
  return graph.node('Reshape', [sums, graph.node('Shape', [x])]);
}

export interface ExpertsMlpOptions {
  /** Of layers without experts. */
  readonly dense: MlpBlock;
  /** The family's own name of a tensor, by transformers 5's; default the same. */
  readonly ownName?: (name: string) => string;
}

/** With expert parallelism whole experts, of which other ranks hold others; without it a part of every expert. */
function expertsOfRank(
  { expertParallel, rank, tensorParallelSize }: DecoderShard,
  { numExperts, intermediateSize }: ExpertsConfig,
  layer: number,
): Pick<LayerExperts, 'local' | 'intermediate'> {
  if (expertParallel === undefined) {
    const intermediate = evenSlice(
      intermediateSize,
      { rank, size: tensorParallelSize },
      'intermediate size of an expert',
    );
    return { local: allExperts(numExperts), intermediate };
  }
  const local = findLocalExperts(expertParallel.placement[layer]!, rank, numExperts);
  return { local, intermediate: { start: 0, end: intermediateSize } };
}

/**
 * Mixture of experts (Shazeer et al., 2017): a router, which every rank computes alike, picks experts for each token. Each
 * expert is a gated MLP that multiplies only the rows of its own tokens; the sum over a rank's experts is its partial sum.
 */
export function expertsMlp({ dense, ownName = (name) => name }: ExpertsMlpOptions): MlpBlock {
  return (outer, cut, layer, x) => {
    const config = outer.model.experts;
    invariant(config !== undefined, 'the model has experts');
    if (config.layers[layer] !== true) return dense(outer, cut, layer, x);
    const weights = new ExpertsWeightSource(outer.weights, { numExperts: config.numExperts, ownName });
    const shard = { ...outer, weights };
    const prefix = layerName(shard, layer, EXPERTS);
    return mixExperts({ shard, cut, config, layer, prefix, ...expertsOfRank(shard, config, layer) }, x);
  };
}
