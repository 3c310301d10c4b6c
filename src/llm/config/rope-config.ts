import { ModelLoadError } from '../../core/index.js';
import type { HfConfig, RopeSettings } from './hf-config.js';
import type { RopeConfig } from './model-config.js';
import { numRotationsOf, rotaryDimOf } from './rotary-dim.js';

type RopeOf<Type extends RopeConfig['type']> = Extract<RopeConfig, { readonly type: Type }>;

/** Where the settings are from, for messages and for what they leave out. */
interface RopeSource {
  readonly settings: RopeSettings;
  readonly base: { readonly theta: number; readonly partialRotaryFactor: number | undefined };
  readonly config: HfConfig;
  readonly configPath: string;
}

const ropeTypes = ['default', 'linear', 'dynamic', 'llama3', 'yarn', 'longrope', 'su', 'proportional'];

function requireSetting<Name extends keyof RopeSettings>(
  { settings, configPath }: RopeSource,
  type: string,
  name: Name,
): NonNullable<RopeSettings[Name]> {
  const value = settings[name];
  if (value !== undefined && value !== null) return value;
  throw new ModelLoadError(`${configPath}: rope_type ${type} needs ${name}, which is missing.`);
}

/** Phi-3 writes the original length beside the settings, where transformers looks for it first. */
function originalLength({ settings, config }: RopeSource): number {
  const { original_max_position_embeddings: outside, max_position_embeddings: all } = config;
  return outside ?? settings.original_max_position_embeddings ?? all;
}

/** By how much the original length is stretched. */
function stretchFactor(source: RopeSource): number {
  return source.settings.factor ?? source.config.max_position_embeddings / originalLength(source);
}

const yarnMagnitude = (factor: number, scale = 1): number => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);

function yarnAttentionFactor({ settings }: RopeSource, factor: number): number {
  const { attention_factor: given, mscale, mscale_all_dim: mscaleAllDim } = settings;
  if (given != null) return given;
  if (mscale && mscaleAllDim) return yarnMagnitude(factor, mscale) / yarnMagnitude(factor, mscaleAllDim);
  return yarnMagnitude(factor);
}

function yarnRope(source: RopeSource): RopeOf<'yarn'> {
  const { beta_fast: betaFast, beta_slow: betaSlow, truncate } = source.settings;
  const factor = stretchFactor(source);
  return {
    ...source.base,
    type: 'yarn',
    factor,
    betaFast: betaFast ?? 32,
    betaSlow: betaSlow ?? 1,
    truncate: truncate ?? true,
    originalMaxPositionEmbeddings: originalLength(source),
    attentionFactor: yarnAttentionFactor(source, factor),
  };
}

function headDimOf({ config }: RopeSource): number {
  return config.head_dim ?? Math.floor(config.hidden_size / config.num_attention_heads);
}

/**
 * Values turn in pairs. Of an odd number of them transformers turns one more, which needs a value behind them; yarn and
 * proportional fail there for every odd number. dynamic divides by the number less 2.
 */
function checkRotaryDim(source: RopeSource, type: string): void {
  const headDim = headDimOf(source);
  const rotaryDim = rotaryDimOf({ ...source.base, type }, headDim);
  const isOdd = rotaryDim % 2 === 1;
  const needsEven = type === 'yarn' || type === 'proportional' || rotaryDim === headDim;
  if (!(isOdd && needsEven) && !(type === 'dynamic' && rotaryDim <= 2)) return;
  throw new ModelLoadError(
    `${source.configPath}: rope_type ${type} can't rotate ${rotaryDim} values of a head, which follows from head_dim ${headDim} and partial_rotary_factor ${source.base.partialRotaryFactor ?? 1}. It needs ${type === 'dynamic' ? 'more than 2, and ' : ''}an even number.`,
  );
}

/** One per rotation: half as many as values of a head are rotated. */
function requireFactors(source: RopeSource, type: string, name: 'short_factor' | 'long_factor'): readonly number[] {
  const factors = requireSetting(source, type, name);
  const headDim = headDimOf(source);
  const numRotations = numRotationsOf(rotaryDimOf({ ...source.base, type }, headDim));
  if (factors.length === numRotations) return factors;
  throw new ModelLoadError(
    `${source.configPath}: ${name} of rope_type ${type} has ${factors.length} factors; heads of ${headDim} values have ${numRotations} rotations.`,
  );
}

function longRope(source: RopeSource, type: string): RopeOf<'longrope'> {
  const originalMaxPositionEmbeddings = originalLength(source);
  const factor = stretchFactor(source);
  const derived = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositionEmbeddings));
  return {
    ...source.base,
    type: 'longrope',
    shortFactor: requireFactors(source, type, 'short_factor'),
    longFactor: requireFactors(source, type, 'long_factor'),
    originalMaxPositionEmbeddings,
    attentionFactor: source.settings.attention_factor ?? derived,
  };
}

function llama3Rope(source: RopeSource): RopeOf<'llama3'> {
  return {
    ...source.base,
    type: 'llama3',
    factor: requireSetting(source, 'llama3', 'factor'),
    lowFreqFactor: requireSetting(source, 'llama3', 'low_freq_factor'),
    highFreqFactor: requireSetting(source, 'llama3', 'high_freq_factor'),
    originalMaxPositionEmbeddings: originalLength(source),
  };
}

function ropeOfType(type: string, source: RopeSource): RopeConfig {
  const { base, config } = source;
  switch (type) {
    case 'default':
      return { ...base, type };
    case 'linear':
      return { ...base, type, factor: requireSetting(source, type, 'factor') };
    case 'proportional':
      return { ...base, type, factor: source.settings.factor ?? 1 };
    case 'dynamic':
      return {
        ...base,
        type,
        factor: requireSetting(source, type, 'factor'),
        maxPositionEmbeddings: config.max_position_embeddings,
      };
    case 'llama3':
      return llama3Rope(source);
    case 'yarn':
      return yarnRope(source);
    case 'longrope':
    case 'su':
      return longRope(source, type);
    default:
      throw new ModelLoadError(
        `${source.configPath}: rope_type ${type} is not supported. Supported are ${ropeTypes.join(', ')}.`,
      );
  }
}

/**
 * Settings of the layers of one kind, in either spelling; those of all layers where the file doesn't tell them apart.
 * @param theta - when the settings have none.
 * @throws {ModelLoadError} for a kind of RoPE that is not supported, or one that lacks a setting.
 */
export function createRopeConfig(
  config: HfConfig,
  configPath: string,
  layers: 'full_attention' | 'sliding_attention' = 'full_attention',
  theta = config.rope_theta,
): RopeConfig {
  const { rope_parameters: parameters, rope_scaling: scaling } = config;
  const settings = parameters?.[layers] ?? scaling ?? parameters ?? {};
  return createRope(settings, theta, config, configPath);
}

/** @throws {ModelLoadError} as {@link createRopeConfig}. */
export function createRope(settings: RopeSettings, theta: number, config: HfConfig, configPath: string): RopeConfig {
  const partialRotaryFactor = settings.partial_rotary_factor ?? config.partial_rotary_factor ?? undefined;
  const base = { theta: settings.rope_theta ?? theta, partialRotaryFactor };
  const type = settings.rope_type ?? settings.type ?? 'default';
  const source = { settings, base, config, configPath };
  checkRotaryDim(source, type);
  return ropeOfType(type, source);
}
