import { LocalPipeline, type PipelineShape } from '../../../support/local-pipeline.js';
import { decode, greedy, prefill } from '../../../support/passes.js';
import { type GoldenCase, storytellerConfig, storytellerGolden } from '../../../support/storyteller.js';

/** Rounding of float32 sums in another order than transformers'. */
const LOGPROB_TOLERANCE = 1e-3;

/** Below this gap between the two likeliest tokens, rounding may choose the other one. */
const SAFE_GAP = 1e-3;

interface Observed {
  readonly tokenIds: number[];
  readonly logprobs: number[];
}

const shapes: readonly PipelineShape[] = [1, 2, 4].flatMap((tensorParallelSize) =>
  [[6], [3, 3], [1, 3, 2]].map((layersPerStage) => ({ tensorParallelSize, layersPerStage })),
);

/** The model's answer at every position of the golden continuation, each after the golden tokens before it. */
function expectGolden(observed: Observed, golden: GoldenCase): void {
  const differences = golden.logprobs.map((logprob, index) => Math.abs(logprob - observed.logprobs[index]!));
  if (golden.smallest_top1_gap > SAFE_GAP) expect(observed.tokenIds).toEqual(golden.greedy);
  expect(Math.max(...differences)).toBeLessThan(LOGPROB_TOLERANCE);
}

const continuation = ({ prompt_token_ids: prompt, greedy: tokens }: GoldenCase, index: number) => ({
  tokenId: tokens[index]!,
  numComputed: prompt.length + index,
});

/** Longest answers first, so that those that are done leave the batch at its end and slots stay next to each other. */
const cases = [...storytellerGolden].sort((left, right) => right.greedy.length - left.greedy.length);

const observe = (observed: Observed, sampled: { tokenId: number; logprob: number } | undefined): void => {
  observed.tokenIds.push(sampled!.tokenId);
  observed.logprobs.push(sampled!.logprob);
};

/** Prefills every case into its slot by chunks, one step per chunk, and observes the first token. */
function prefillAll(pipeline: LocalPipeline, chunkSize: number): Observed[] {
  return cases.map(({ prompt_token_ids: prompt }, slot) => {
    const observed: Observed = { tokenIds: [], logprobs: [] };
    for (let start = 0; start < prompt.length; start += chunkSize) {
      const end = Math.min(prompt.length, start + chunkSize);
      const passes = [prefill(slot, prompt.slice(start, end), start, end === prompt.length)];
      const sampled = pipeline.execute({ passes, slotSamplings: start === 0 ? [greedy(slot, 0)] : [] });
      if (end === prompt.length) observe(observed, sampled[0]);
    }
    return observed;
  });
}

/** Decodes all cases as one batch of unequal lengths. */
function decodeAll(pipeline: LocalPipeline, observed: readonly Observed[]): void {
  for (let index = 0; index < cases[0]!.greedy.length - 1; index++) {
    const running = cases.filter(({ greedy: tokens }) => tokens.length > index + 1);
    const sampled = pipeline.execute({
      passes: [
        decode(
          0,
          running.map((golden) => continuation(golden, index)),
        ),
      ],
    });
    for (const row of running.keys()) observe(observed[row]!, sampled[row]);
  }
}

describe('storyteller against transformers', () => {
  describe.each(shapes)('with tp $tensorParallelSize over stages of $layersPerStage layers', (shape) => {
    let pipeline: LocalPipeline;
    beforeAll(async () => {
      pipeline = await LocalPipeline.load(storytellerConfig, shape);
    });
    afterAll(() => pipeline.close());

    it.each([
      ['whole', 128],
      ['in chunks', 5],
    ])('answers prompts given %s, decoded in one batch, with its tokens and logprobs', (_, chunkSize) => {
      const observed = prefillAll(pipeline, chunkSize);
      decodeAll(pipeline, observed);
      for (const [index, golden] of cases.entries()) expectGolden(observed[index]!, golden);
    });

    it('goes on with a sequence that moved to another slot in the middle of its answer', () => {
      const golden = storytellerGolden[1]!;
      const observed: Observed = { tokenIds: [], logprobs: [] };
      const slots = [7, 2, 3];
      const first = { passes: [prefill(slots[0]!, golden.prompt_token_ids)], slotSamplings: [greedy(slots[0]!, 0)] };
      observe(observed, pipeline.execute(first)[0]);
      for (let index = 0; index < golden.greedy.length - 1; index++) {
        const from = slots[index % 3]!;
        const to = slots[(index + 1) % 3]!;
        const row = continuation(golden, index);
        const slotMoves = [{ from, to, numTokens: row.numComputed }];
        observe(observed, pipeline.execute({ slotMoves, passes: [decode(to, [row])] })[0]);
      }
      expectGolden(observed, golden);
    });

    it('computes prefill chunks and decode batches of one step each as if alone', () => {
      const [talking, entering] = [storytellerGolden[2]!, storytellerGolden[4]!];
      pipeline.execute({ passes: [prefill(0, talking.prompt_token_ids)], slotSamplings: [greedy(0, 0)] });
      const sampled = pipeline.execute({
        slotSamplings: [greedy(1, 0)],
        passes: [decode(0, [continuation(talking, 0)]), prefill(1, entering.prompt_token_ids)],
      });
      expect(sampled.map(({ slot, tokenId }) => [slot, tokenId])).toEqual([
        [0, talking.greedy[1]],
        [1, entering.greedy[0]],
      ]);
    });
  });
});
