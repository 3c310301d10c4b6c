import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HfConfig, hfConfigSchema, type RopeSettings } from '../../../../../src/llm/config/hf-config.js';
import { createRopeConfig } from '../../../../../src/llm/config/rope-config.js';
import { numRotationsOf, rotaryDimOf } from '../../../../../src/llm/config/rotary-dim.js';
import { rotationFrequency } from '../../../../../worker/model/graphs/rope/rope-frequencies.js';

interface TransformersCase {
  readonly settings: RopeSettings;
  readonly headDim: number;
  readonly length: number;
  readonly theta: number;
  readonly frequencies: readonly number[];
  readonly magnitude: number;
}

const file = join(__dirname, '../../../../fixtures/rope/frequencies.json');
const cases: readonly TransformersCase[] = JSON.parse(readFileSync(file, 'utf8'));
const named = cases.map((made) => [JSON.stringify(made.settings).slice(0, 100), made] as const);

function configWith(headDim: number, fields: object): HfConfig {
  const sizes = { vocab_size: 8, hidden_size: headDim * 2, num_hidden_layers: 1, num_attention_heads: 2 };
  return hfConfigSchema.parse({ ...sizes, head_dim: headDim, max_position_embeddings: 2048, ...fields });
}

describe.each([
  [
    'rope_parameters',
    ({ settings, theta }: TransformersCase) => ({ rope_parameters: { ...settings, rope_theta: theta } }),
  ],
  [
    'rope_theta and rope_scaling',
    ({ settings, theta }: TransformersCase) => ({ rope_theta: theta, rope_scaling: settings }),
  ],
])('rotationFrequency of settings in %s', (_, fieldsOf) => {
  it.each(named)('is that of transformers for %s', (_name, made) => {
    const { headDim, length } = made;
    const rope = createRopeConfig(configWith(headDim, fieldsOf(made)), 'config.json');
    const rotaryDim = rotaryDimOf(rope, headDim);
    expect(numRotationsOf(rotaryDim)).toBe(made.frequencies.length);
    for (const [index, expected] of made.frequencies.entries()) {
      const error = Math.abs(rotationFrequency(rope, index, rotaryDim, length) - expected);
      // transformers computes in float32.
      expect(error).toBeLessThanOrEqual(2e-6 * expected);
    }
    expect('attentionFactor' in rope ? rope.attentionFactor : 1).toBeCloseTo(made.magnitude, 12);
  });
});
