import { InvalidArgumentError, ModelLoadError } from '../../../../../src/core/index.js';
import {
  chooseConversion,
  describeCheckpointQuantization,
} from '../../../../../src/llm/config/checkpoint-quantization.js';

const gptq = { quant_method: 'gptq', bits: 4, group_size: 128, desc_act: false, sym: true };
const awq = { quant_method: 'awq', bits: 4, group_size: 128, version: 'gemm', zero_point: true };

const describeFiles = (inConfig: unknown, own?: unknown) =>
  describeCheckpointQuantization({
    configPath: 'm/config.json',
    ownPath: 'm/quantize_config.json',
    inConfig,
    own,
  });

describe('describeCheckpointQuantization', () => {
  it('knows a checkpoint in full precision', () => {
    expect(describeFiles(undefined)).toBeUndefined();
    expect(describeFiles(null)).toBeUndefined();
  });

  it('knows that GPTQ stores zero points less 1, but not in its second format', () => {
    const described = { method: 'gptq', bits: 4, groupSize: 128, zeroOffset: 1 };
    expect(describeFiles(gptq)).toEqual(described);
    expect(describeFiles({ ...gptq, checkpoint_format: 'gptq' })).toEqual(described);
    expect(describeFiles({ ...gptq, checkpoint_format: 'gptq_v2' })).toEqual({ ...described, zeroOffset: 0 });
  });

  it('takes a group size of -1 for one group', () => {
    expect(describeFiles({ ...gptq, bits: 8, group_size: -1 })).toMatchObject({ bits: 8, groupSize: undefined });
  });

  it('reads AWQ in both spellings', () => {
    const described = { method: 'awq', bits: 4, groupSize: 128, zeroOffset: 0 };
    expect(describeFiles(awq)).toEqual(described);
    expect(describeFiles({ quant_method: 'awq', w_bit: 4, q_group_size: 64, version: 'GEMM' })).toEqual({
      ...described,
      groupSize: 64,
    });
  });

  it("takes AutoGPTQ's own file for GPTQ, where config.json says nothing", () => {
    const own = { bits: 4, group_size: 32, desc_act: true };
    expect(describeFiles(undefined, own)).toMatchObject({ method: 'gptq', groupSize: 32 });
    expect(describeFiles(awq, own)).toMatchObject({ method: 'awq', groupSize: 128 });
  });

  it.each([
    [{ bits: 4 }, 'quantization_config.quant_method is missing or unsuitable: supported are gptq and awq'],
    [{ quant_method: 'fp8' }, 'quantization_config.quant_method is missing or unsuitable: it is "fp8"; supported are'],
    [{ quant_method: 'compressed-tensors' }, 'it is "compressed-tensors"; supported are gptq and awq'],
    [{ quant_method: 'bitsandbytes', load_in_4bit: true }, 'it is "bitsandbytes"; supported are gptq and awq'],
    [{ ...gptq, bits: 3 }, 'quantization_config.bits is missing or unsuitable: it is 3; supported: 4, 8'],
    [{ ...awq, bits: 8 }, 'quantization_config.bits is missing or unsuitable: it is 8; supported: 4'],
    [
      { ...gptq, group_size: 40 },
      'quantization_config.group_size is missing or unsuitable: it is 40, and must be -1 or',
    ],
    [{ ...gptq, group_size: undefined }, 'quantization_config.group_size is missing or unsuitable'],
    [
      { ...gptq, checkpoint_format: 'marlin' },
      'checkpoint_format is missing or unsuitable: it is "marlin"; supported:',
    ],
    [{ ...gptq, is_marlin_format: true }, 'is_marlin_format is missing or unsuitable: it is true; supported: false'],
    [{ ...gptq, dynamic: { 'layers.1': { bits: 8 } } }, 'settings of single layers are not supported'],
    [
      { ...awq, version: 'gemv' },
      'quantization_config.version is missing or unsuitable: it is "gemv"; supported: "gemm"',
    ],
    [{ ...awq, zero_point: false }, 'quantization_config.zero_point is missing or unsuitable: it is false'],
    [{ ...awq, backend: 'llm-awq' }, 'quantization_config.backend is missing or unsuitable: it is "llm-awq"'],
  ])('refuses %j', (config, message) => {
    expect(() => describeFiles(config)).toThrow(ModelLoadError);
    expect(() => describeFiles(config)).toThrow(message);
  });

  it('names the file that is wrong', () => {
    expect(() => describeFiles(gptq && { ...gptq, bits: 2 })).toThrow('m/config.json: quantization_config.bits');
    expect(() => describeFiles(undefined, { bits: 2, group_size: 128 })).toThrow('m/quantize_config.json: bits');
    expect(() => describeFiles(undefined, 4)).toThrow('m/quantize_config.json: it must be an object.');
  });
});

describe('chooseConversion', () => {
  const checkpoint = describeFiles(gptq);

  it('leaves a quantized checkpoint as it is, by default and by its name', () => {
    expect(chooseConversion(undefined, checkpoint)).toBeUndefined();
    expect(chooseConversion('gptq', checkpoint)).toBeUndefined();
  });

  it('converts a checkpoint in full precision', () => {
    expect(chooseConversion('int4', undefined)).toBe('int4');
    expect(chooseConversion(undefined, undefined)).toBeUndefined();
  });

  it.each(['awq', 'int8'] as const)('refuses %s for a checkpoint in gptq', (asked) => {
    expect(() => chooseConversion(asked, checkpoint)).toThrow(InvalidArgumentError);
    expect(() => chooseConversion(asked, checkpoint)).toThrow(
      `specified in the model config (gptq) does not match the quantization method specified in the quantization argument (${asked})`,
    );
  });

  it('refuses the name of a format for a checkpoint in full precision', () => {
    expect(() => chooseConversion('awq', undefined)).toThrow(
      "quantization is 'awq', but the model's config.json has no",
    );
  });
});
