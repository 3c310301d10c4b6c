import { readHfGolden } from '../support/hf-golden.js';
import { LocalPipeline } from '../support/local-pipeline.js';
import { decode, greedy, prefill } from '../support/passes.js';
import { skipLoudly } from '../support/skip-loudly.js';
import { findWebGpuObstacle } from '../support/webgpu-obstacle.js';

/** Of test/fixtures/prequantized: both formats, 4 and 8 bits, inputs in an order of their own. */
const models = ['gptq_llama', 'gptq_qwen2_act_order', 'gptq_v2_qwen3_8_bits', 'awq_llama'];

const obstacle = findWebGpuObstacle();
if (obstacle !== undefined) {
  skipLoudly('quantized checkpoints on WebGPU', obstacle);
} else {
  describe.each(models)('%s on WebGPU', (name) => {
    it("continues every prompt with transformers' tokens", async () => {
      const { model, cases } = await readHfGolden(name, 'prequantized');
      const layersPerStage = [model.numHiddenLayers];
      const pipeline = await LocalPipeline.load(model, { tensorParallelSize: 1, layersPerStage, device: 'webgpu' });
      for (const { prompt, greedy: expected } of cases) {
        const tokens = [pipeline.execute({ slotSamplings: [greedy(0)], passes: [prefill(0, prompt)] })[0]!.tokenId];
        while (tokens.length < expected.length) {
          const row = { tokenId: tokens.at(-1)!, numComputed: prompt.length + tokens.length - 1 };
          tokens.push(pipeline.execute({ passes: [decode(0, [row])] })[0]!.tokenId);
        }
        expect(tokens).toEqual(expected);
      }
      pipeline.close();
    });
  });
}
