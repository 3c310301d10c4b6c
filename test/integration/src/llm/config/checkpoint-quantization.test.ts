import { resolve } from 'node:path';
import { createEngineConfig } from '../../../../../src/llm/config/engine-config.js';
import { storytellerPath } from '../golden-cases.js';

const packedPath = resolve(__dirname, '../../../../fixtures/prequantized/awq_llama');

describe('the quantization of an engine', () => {
  it.each([undefined, 'awq'] as const)("is a checkpoint's own with the argument %s", async (quantization) => {
    const { model } = await createEngineConfig({ model: packedPath, quantization });
    expect(model.quantization).toBeUndefined();
    expect(model.checkpointQuantization).toEqual({ method: 'awq', bits: 4, groupSize: 64, zeroOffset: 0 });
  });

  it('is the argument for a checkpoint in full precision', async () => {
    const { model } = await createEngineConfig({ model: storytellerPath, quantization: 'int4' });
    expect(model).toMatchObject({ quantization: 'int4', checkpointQuantization: undefined });
  });

  it('is refused when argument and checkpoint contradict each other', async () => {
    await expect(createEngineConfig({ model: packedPath, quantization: 'gptq' })).rejects.toThrow(
      'Quantization method specified in the model config (awq) does not match',
    );
    await expect(createEngineConfig({ model: storytellerPath, quantization: 'gptq' })).rejects.toThrow(
      "the model's config.json has no quantization_config",
    );
  });
});
