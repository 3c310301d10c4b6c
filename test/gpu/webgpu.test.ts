import { LocalPipeline } from '../support/local-pipeline.js';
import { decode, greedy, prefill } from '../support/passes.js';
import { skipLoudly } from '../support/skip-loudly.js';
import { storytellerConfig, storytellerGolden } from '../support/storyteller.js';
import { findWebGpuObstacle } from '../support/webgpu-obstacle.js';

const NUM_TOKENS = 4;
const CHUNK = 5;

/** Prefills the prompts into their slots by chunks, moves the first to another slot and back, decodes all in one batch. */
function answer(pipeline: LocalPipeline): number[][] {
  const cases = storytellerGolden.slice(0, 2);
  const tokens = cases.map(({ prompt_token_ids: prompt }, slot) => {
    for (let start = 0; start < prompt.length; start += CHUNK) {
      const end = Math.min(prompt.length, start + CHUNK);
      const passes = [prefill(slot, prompt.slice(start, end), start, end === prompt.length)];
      const sampled = pipeline.execute({ passes, slotSamplings: start === 0 ? [greedy(slot)] : [] });
      if (end === prompt.length) return [sampled[0]!.tokenId];
    }
    throw new Error('A prompt is empty.');
  });
  const numTokens = cases[0]!.prompt_token_ids.length;
  const slotMoves = [
    { from: 0, to: 5, numTokens },
    { from: 1, to: 0, numTokens: cases[1]!.prompt_token_ids.length },
    { from: 0, to: 1, numTokens: cases[1]!.prompt_token_ids.length },
    { from: 5, to: 0, numTokens },
  ];
  for (let index = 0; index < NUM_TOKENS - 1; index++) {
    const rows = cases.map(({ prompt_token_ids: prompt }, row) => ({
      tokenId: tokens[row]![index]!,
      numComputed: prompt.length + index,
    }));
    const sampled = pipeline.execute({ passes: [decode(0, rows)], slotMoves: index === 0 ? slotMoves : [] });
    for (const [row, { tokenId }] of sampled.entries()) tokens[row]!.push(tokenId);
  }
  return tokens;
}

const obstacle = findWebGpuObstacle();
if (obstacle !== undefined) {
  skipLoudly('storyteller on WebGPU', obstacle);
} else {
  describe('storyteller on WebGPU', () => {
    it.each([[[6]], [[3, 3]]])(
      'answers over stages of %j layers with the golden tokens, prefilled in chunks and moved between slots',
      async (layersPerStage) => {
        const pipeline = await LocalPipeline.load(storytellerConfig, {
          tensorParallelSize: 1,
          layersPerStage,
          device: 'webgpu',
        });
        try {
          const golden = storytellerGolden.slice(0, 2).map(({ greedy: tokens }) => tokens.slice(0, NUM_TOKENS));
          expect(answer(pipeline)).toEqual(golden);
        } finally {
          pipeline.close();
        }
      },
      120_000,
    );
  });
}
