import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import { editSafetensors, type HeaderEntry } from '../../../support/edit-safetensors.js';
import { type HfGolden, type HfGoldenCase, readHfGolden } from '../../../support/hf-golden.js';
import { LocalPipeline } from '../../../support/local-pipeline.js';
import { logitError } from '../../../support/logit-error.js';
import { decode, greedy, prefill } from '../../../support/passes.js';

/** Folders of test/fixtures/prequantized, and the numbers of tensor-parallel ranks that can split their groups. */
const models = [
  { name: 'gptq_llama', ranks: [1, 2] },
  { name: 'gptq_qwen2_act_order', ranks: [1] },
  { name: 'gptq_v2_qwen3_8_bits', ranks: [1, 2] },
  { name: 'gptq_phi3', ranks: [1, 2] },
  { name: 'gptq_gpt2', ranks: [1, 2] },
  { name: 'awq_llama', ranks: [1, 2] },
  { name: 'awq_mixtral', ranks: [1, 2] },
];

/**
 * Root mean square of the errors of logits, as a share of that of the logits. Weights are the same to the bit; what they are
 * multiplied by is rounded to 8 bits.
 */
const TOLERANCE = 0.03;

const readGolden = (name: string): Promise<HfGolden> => readHfGolden(name, 'prequantized');

const load = (model: ModelConfig, ranks = 1): Promise<LocalPipeline> =>
  LocalPipeline.load(model, { tensorParallelSize: ranks, layersPerStage: [model.numHiddenLayers] });

function continueGreedily(pipeline: LocalPipeline, { prompt, greedy: expected }: HfGoldenCase): number[] {
  const tokens = [pipeline.execute({ slotSamplings: [greedy(0)], passes: [prefill(0, prompt)] })[0]!.tokenId];
  while (tokens.length < expected.length) {
    const row = { tokenId: tokens.at(-1)!, numComputed: prompt.length + tokens.length - 1 };
    tokens.push(pipeline.execute({ passes: [decode(0, [row])] })[0]!.tokenId);
  }
  return tokens;
}

describe.each(models.flatMap(({ name, ranks }) => ranks.map((numRanks) => ({ name, numRanks }))))(
  '$name with $numRanks tensor-parallel ranks',
  ({ name, numRanks }) => {
    let golden: HfGolden;
    let pipeline: LocalPipeline;
    beforeAll(async () => {
      golden = await readGolden(name);
      pipeline = await load(golden.model, numRanks);
    });
    afterAll(() => pipeline.close());

    it("has transformers' logits with the weights multiplied out", () => {
      for (const case_ of golden.cases) expect(logitError(pipeline, case_)).toBeLessThan(TOLERANCE);
    });

    it('continues every prompt with its tokens', () => {
      for (const case_ of golden.cases) expect(continueGreedily(pipeline, case_)).toEqual(case_.greedy);
    });
  },
);

describe('a quantized checkpoint', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-packed-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Loads a fixture whose weights' header, or the bytes after it, were changed. */
  async function loadChanged(
    name: string,
    change: Parameters<typeof editSafetensors>[1],
    ranks?: number,
  ): Promise<void> {
    const { model } = await readGolden(name);
    const path = join(folder, 'model.safetensors');
    copyFileSync(join(model.modelPath, 'model.safetensors'), path);
    editSafetensors(path, change);
    (await load({ ...model, modelPath: folder }, ranks)).close();
  }

  const query = 'model.layers.0.self_attn.q_proj';

  function rename(header: Record<string, HeaderEntry>, from: string, to: string): void {
    header[to] = header[from]!;
    delete header[from];
  }

  it('names a tensor that it lacks', async () => {
    const loading = loadChanged('gptq_llama', (header) => rename(header, `${query}.qzeros`, 'other'));
    await expect(loading).rejects.toThrow(`Tensor ${query}.qzeros is in none of`);
  });

  it('names a tensor of another shape', async () => {
    const loading = loadChanged('awq_llama', (header) => {
      header[`${query}.qweight`]!.shape = [8, 64];
    });
    await expect(loading).rejects.toThrow(`${query}.qweight in ${folder}/model.safetensors has shape [8,64]`);
  });

  it('names a tensor of another type', async () => {
    const loading = loadChanged('gptq_llama', (header) => {
      header[`${query}.qweight`]!.dtype = 'U32';
    });
    await expect(loading).rejects.toThrow('is stored as U32; a quantized checkpoint must have it as I32.');
  });

  it('names an input that is in a group which does not exist', async () => {
    const loading = loadChanged('gptq_llama', (header, data) => {
      data.writeInt32LE(7, header[`${query}.g_idx`]!.data_offsets[0] + 4 * 5);
    });
    await expect(loading).rejects.toThrow(
      `${query}.g_idx puts input 5 in group 7, but config.json's group_size makes 2`,
    );
  });

  it('is refused where layers that are computed as one order their inputs differently', async () => {
    const loading = loadChanged('gptq_qwen2_act_order', (header, data) => {
      const [start, end] = header[`${query}.g_idx`]!.data_offsets;
      data.subarray(start, end).swap32().reverse();
    });
    await expect(loading).rejects.toThrow('order inputs differently, but they are computed as one layer.');
  });

  it('is refused where only some of the layers that are computed as one are quantized', async () => {
    const loading = loadChanged('gptq_llama', (header) => rename(header, `${query}.qweight`, 'other'));
    await expect(loading).rejects.toThrow(
      `quantized, but not ${query}.weight, which is computed with it as one layer.`,
    );
  });

  it('with act-order is refused by ranks that would split its groups', async () => {
    const loading = loadChanged('gptq_qwen2_act_order', () => undefined, 2);
    await expect(loading).rejects.toThrow(
      'Use a tensor parallel size that splits no group, or a checkpoint without act-order',
    );
  });
});
