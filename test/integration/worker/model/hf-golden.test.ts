import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import type { SampledToken } from '../../../../src/llm/step-plan.js';
import { type HfGolden, type HfGoldenCase, readHfGolden } from '../../../support/hf-golden.js';
import { LocalPipeline, type PipelineShape } from '../../../support/local-pipeline.js';
import { decode, greedy, prefill } from '../../../support/passes.js';

/** Of the largest logit; what float32 sums in another order than transformers' make is a tenth of it. */
const TOLERANCE = 5e-5;

/** Folders of test/fixtures/hf-golden. */
const models = [
  'llama',
  'llama_linear',
  'llama_dynamic',
  'llama_dynamic_long',
  'llama_llama3',
  'llama_yarn',
  'llama_yarn_mscale',
  'llama_longrope_short',
  'llama_heads_of_6',
  'mistral',
  'mistral_wide_heads',
  'qwen2',
  'qwen2_some_windows',
  'qwen3',
  'qwen3_heads_of_20',
  'phi3',
  'phi3_partial_longrope',
  'gemma2',
  'gemma3',
  'gpt2',
  'gpt2_untied',
  'mixtral',
  'qwen3_moe',
  'qwen3_moe_mixed',
  'olmoe',
];

/** Ways to split a model, over ranks only where its heads allow. */
interface Split {
  readonly ranks: number;
  readonly stages: number;
  readonly expertParallel?: PipelineShape['expertParallel'];
}

const splits: readonly Split[] = [
  { ranks: 1, stages: 1 },
  { ranks: 2, stages: 1 },
  { ranks: 1, stages: 2 },
  { ranks: 2, stages: 2 },
];

/** Those among them that have experts. */
const expertModels = ['mixtral', 'qwen3_moe', 'qwen3_moe_mixed', 'olmoe'];

const expertSplits: readonly (Split & Required<Pick<Split, 'expertParallel'>>)[] = [
  { ranks: 2, stages: 1, expertParallel: { strategy: 'linear', numRedundantExperts: 0 } },
  { ranks: 2, stages: 2, expertParallel: { strategy: 'round_robin', numRedundantExperts: 0 } },
  { ranks: 4, stages: 1, expertParallel: { strategy: 'round_robin', numRedundantExperts: 0 } },
  { ranks: 4, stages: 2, expertParallel: { strategy: 'linear', numRedundantExperts: 0 } },
  { ranks: 2, stages: 1, expertParallel: { strategy: 'round_robin', numRedundantExperts: 3 } },
  { ranks: 4, stages: 1, expertParallel: { strategy: 'linear', numRedundantExperts: 5 } },
];

/** The second of two stages has all layers but one. */
function shapeOf(
  { numHiddenLayers, numAttentionHeads }: ModelConfig,
  { ranks, stages, expertParallel }: Split,
): PipelineShape {
  return {
    tensorParallelSize: numAttentionHeads % ranks === 0 ? ranks : 1,
    layersPerStage: stages === 1 ? [numHiddenLayers] : [1, numHiddenLayers - 1],
    expertParallel,
  };
}

/** Chunks of a prompt, each with its token count before it. */
function chunksOf(prompt: readonly number[], size: number): { readonly start: number; readonly end: number }[] {
  const starts = Array.from({ length: Math.ceil(prompt.length / size) }, (_, index) => index * size);
  return starts.map((start) => ({ start, end: Math.min(start + size, prompt.length) }));
}

const logSumExp = (logits: Float32Array): number => {
  const largest = Math.max(...logits);
  return largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
};

/** The largest difference of any token's log-probability, as a share of the largest logit. */
function difference(
  { topTokenIds, topLogprobs }: Pick<SampledToken, 'topTokenIds' | 'topLogprobs'>,
  logits: Float32Array,
): number {
  const normalizer = logSumExp(logits);
  const differences = Array.from(topTokenIds, (tokenId, index) =>
    Math.abs(topLogprobs[index]! - (logits[tokenId]! - normalizer)),
  );
  expect(differences).toHaveLength(logits.length);
  return Math.max(...differences) / Math.max(...logits.map(Math.abs));
}

/** Gives a prompt to slot 0 by chunks, with logits after each, and returns how far they are from transformers'. */
function promptDifference(pipeline: LocalPipeline, { prompt, logits }: HfGoldenCase, chunkSize: number): number {
  const chunks = chunksOf(prompt, chunkSize);
  const sampled = pipeline.execute({
    slotSamplings: [greedy(0, logits[0]!.length)],
    passes: chunks.map(({ start, end }) => prefill(0, prompt.slice(start, end), start)),
  });
  return Math.max(...sampled.map((token, index) => difference(token, logits[chunks[index]!.end - 1]!)));
}

/**
 * Gives a prompt to slot 1 by chunks, each in a step that reports on all its tokens, and returns how far the reports are
 * from transformers'. The head computes at most as many positions at once as there are slots, which are fewer.
 */
function reportDifference(pipeline: LocalPipeline, { prompt, logits }: HfGoldenCase, chunkSize: number): number {
  const numLogprobs = logits[0]!.length;
  const differences = chunksOf(prompt, chunkSize).flatMap(({ start, end }) => {
    const targetTokenIds = Int32Array.from(prompt.slice(start + 1, end + 1));
    const promptLogprobs = { firstToken: 0, targetTokenIds, numLogprobs };
    const pass = prefill(1, prompt.slice(start, end), start, false);
    if (targetTokenIds.length === 0) return pipeline.execute({ passes: [pass] }).map(() => 0);
    const [report] = pipeline.answer({ passes: [{ ...pass, promptLogprobs }] }).promptLogprobs!;
    return Array.from(targetTokenIds, (tokenId, index) => {
      const top = (values: Int32Array | Float32Array) =>
        values.subarray(index * numLogprobs, (index + 1) * numLogprobs);
      const topTokenIds = top(report!.topTokenIds) as Int32Array;
      const topLogprobs = top(report!.topLogprobs) as Float32Array;
      const place = topTokenIds.indexOf(tokenId);
      expect([report!.logprobs[index], report!.ranks[index]]).toEqual([topLogprobs[place], place + 1]);
      return difference({ topTokenIds, topLogprobs }, logits[start + index]!);
    });
  });
  return Math.max(...differences);
}

/** Greedy continuations of cases in slots next to each other, decoded as one batch, each from its own tokens. */
function continueAll(pipeline: LocalPipeline, cases: readonly HfGoldenCase[], numTokens: number): number[][] {
  const tokens = pipeline
    .execute({
      slotSamplings: cases.map((_, slot) => greedy(slot)),
      passes: cases.map(({ prompt }, slot) => prefill(slot, prompt)),
    })
    .map(({ tokenId }) => [tokenId]);
  for (let index = 1; index < numTokens; index++) {
    const rows = cases.map(({ prompt }, row) => ({
      tokenId: tokens[row]!.at(-1)!,
      numComputed: prompt.length + index - 1,
    }));
    for (const [row, { tokenId }] of pipeline.execute({ passes: [decode(0, rows)] }).entries()) {
      tokens[row]!.push(tokenId);
    }
  }
  return tokens;
}

function describeGolden(name: string, split: Split): void {
  let pipeline: LocalPipeline;
  let golden: HfGolden;
  beforeAll(async () => {
    golden = await readHfGolden(name);
    pipeline = await LocalPipeline.load(golden.model, shapeOf(golden.model, split));
  });
  afterAll(() => pipeline.close());

  it.each([
    ['token by token', 1],
    ['in chunks', 7],
    ['whole', 128],
  ])('has its logits of prompts given %s', (_, chunkSize) => {
    for (const case_ of golden.cases) expect(promptDifference(pipeline, case_, chunkSize)).toBeLessThan(TOLERANCE);
  });

  it.each([
    ['in chunks', 7],
    ['whole', 128],
  ])('has its log-probabilities of every token of prompts given %s', (_, chunkSize) => {
    for (const case_ of golden.cases) expect(reportDifference(pipeline, case_, chunkSize)).toBeLessThan(TOLERANCE);
  });

  it('continues every prompt alone with its tokens', () => {
    for (const { prompt, logits, greedy: tokens } of golden.cases) {
      expect(continueAll(pipeline, [{ prompt, logits, greedy: tokens }], tokens.length)).toEqual([tokens]);
    }
  });

  it('continues prompts of unequal lengths as a batch with its tokens', () => {
    const tokens = golden.cases.map((case_) => case_.greedy);
    expect(continueAll(pipeline, golden.cases, tokens[0]!.length)).toEqual(tokens);
  });
}

describe.each(models)('%s against transformers', (name) => {
  describe.each(splits)('with tp $ranks and pp $stages', (split) => describeGolden(name, split));
});

describe.each(expertModels)('%s with expert parallelism against transformers', (name) => {
  describe.each(expertSplits)(
    'with ep $ranks and pp $stages, $expertParallel.strategy, $expertParallel.numRedundantExperts redundant',
    (split) => describeGolden(name, split),
  );
});
