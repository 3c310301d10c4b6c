import { checkNumLayers } from '../../../../../../worker/model/graphs/decoder/check-num-layers.js';
import { gpt2 } from '../../../../../../worker/model/graphs/families/gpt2.js';
import { llama } from '../../../../../../worker/model/graphs/families/llama.js';
import { RandomWeightSource } from '../../../../../../worker/model/weights/index.js';
import { tinyLlama } from '../../../../../support/tiny-llama.js';

/** Weights with these layers of Llama and nothing else. */
const layers = (...numbers: number[]) => {
  const names = new Set(numbers.map((layer) => `model.layers.${layer}.input_layernorm.weight`));
  return Object.assign(new RandomWeightSource(0), { has: (name: string) => names.has(name) });
};

describe('checkNumLayers', () => {
  it('takes as many layers as config.json says', () => {
    expect(() => checkNumLayers(llama, tinyLlama, layers(0, 1))).not.toThrow();
  });

  it('refuses weights with more, and names the field and both numbers', () => {
    expect(() => checkNumLayers(llama, tinyLlama, layers(0, 1, 2, 3))).toThrow(
      '/nonexistent/tiny-llama/config.json says num_hidden_layers is 2, but the weights there have 4 layers (model.layers.3.input_layernorm.weight is',
    );
  });

  it('refuses weights with fewer', () => {
    expect(() => checkNumLayers(llama, tinyLlama, layers(0))).toThrow(/num_hidden_layers is 2, but .* have 1 layers/);
  });

  it('leaves weights alone that have no names, or others', () => {
    expect(() => checkNumLayers(llama, tinyLlama, new RandomWeightSource(0))).not.toThrow();
    expect(() => checkNumLayers(gpt2, tinyLlama, layers(0, 1, 2))).not.toThrow();
  });
});
