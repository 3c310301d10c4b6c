import { z } from 'zod';
import { InvalidArgumentError, ModelLoadError } from '../../core/index.js';
import { CHECKPOINT_QUANTIZATIONS, QUANTIZATIONS, type Quantization, type QuantizationName } from './quantization.js';
import { parseModelJson } from './read-model-json.js';

/** How a checkpoint holds the linear layers that it has quantized: those with a tensor `qweight`. */
export interface CheckpointQuantization {
  readonly method: 'gptq' | 'awq';
  readonly bits: 4 | 8;
  /** Inputs that share a scale and a zero point, a multiple of 16; undefined: all of a layer's. */
  readonly groupSize: number | undefined;
  /** What is to be added to the zero points as stored: 1 in GPTQ's first format. */
  readonly zeroOffset: 0 | 1;
}

/** The least inputs that ONNX Runtime's kernel lets share a scale; larger groups are made of such blocks. */
const SMALLEST_GROUP = 16;

const supported = `supported are ${CHECKPOINT_QUANTIZATIONS.join(' and ')}, and checkpoints in full precision, which quantization ${QUANTIZATIONS.join(', ')} converts when they load`;

const groupSize = z
  .int()
  .refine((size) => size === -1 || (size > 0 && size % SMALLEST_GROUP === 0), {
    error: ({ input }) => `it is ${input}, and must be -1 or a multiple of ${SMALLEST_GROUP}`,
  })
  .transform((size) => (size === -1 ? undefined : size));

const mustBe = (...values: readonly unknown[]) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    `it is ${JSON.stringify(input)}; supported: ${values.map((value) => JSON.stringify(value)).join(', ')}`,
});

const gptqSchema = z
  .object({
    bits: z.literal([4, 8], mustBe(4, 8)),
    group_size: groupSize,
    checkpoint_format: z.enum(['gptq', 'gptq_v2'], mustBe('gptq', 'gptq_v2')).nullish(),
    is_marlin_format: z.literal(false, mustBe(false)).nullish(),
    pack_dtype: z.literal('int32', mustBe('int32')).nullish(),
    dynamic: z.record(z.string(), z.never('settings of single layers are not supported')).nullish(),
  })
  .transform(
    ({ bits, group_size, checkpoint_format }): CheckpointQuantization => ({
      method: 'gptq',
      bits,
      groupSize: group_size,
      zeroOffset: checkpoint_format === 'gptq_v2' ? 0 : 1,
    }),
  );

const awqVersion = z
  .string()
  .toLowerCase()
  .pipe(z.literal('gemm', mustBe('gemm')))
  .nullish();

const awqSchema = z
  .object({
    bits: z.literal(4, mustBe(4)),
    group_size: groupSize,
    version: awqVersion,
    checkpoint_format: awqVersion,
    zero_point: z.literal(true, mustBe(true)).nullish(),
    backend: z.literal('autoawq', mustBe('autoawq')).nullish(),
  })
  .transform(
    ({ bits, group_size }): CheckpointQuantization => ({ method: 'awq', bits, groupSize: group_size, zeroOffset: 0 }),
  );

/** AutoAWQ's own files spell two fields otherwise than those that transformers wrote. */
function unifyAwqFields(config: Readonly<Record<string, unknown>>): object {
  const { w_bit, q_group_size } = config;
  return { bits: w_bit, group_size: q_group_size, ...config };
}

const methodSchema = z.looseObject({
  quant_method: z.enum(CHECKPOINT_QUANTIZATIONS, {
    error: ({ input }) => (input === undefined ? supported : `it is ${JSON.stringify(input)}; ${supported}`),
  }),
});

/** What describes a checkpoint's quantization, as JSON; undefined where the folder has none. */
export interface QuantizationFiles {
  readonly configPath: string;
  /** `quantization_config` of config.json. */
  readonly inConfig: unknown;
  readonly ownPath: string;
  /** The quantize_config.json that AutoGPTQ wrote before config.json had the field. */
  readonly own: unknown;
}

/** A description, and the field of config.json that it is in; undefined: a file of its own. */
interface Description {
  readonly path: string;
  readonly field?: string;
}

function parseDescription<Schema extends z.ZodType>(
  schema: Schema,
  { path, field }: Description,
  json: unknown,
): z.output<Schema> {
  if (field === undefined) return parseModelJson(schema, path, json);
  const parsed = parseModelJson(z.object({ [field]: schema }), path, { [field]: json });
  return parsed[field] as z.output<Schema>;
}

function parseQuantization(description: Description, json: unknown): CheckpointQuantization {
  const config = parseDescription(methodSchema, description, json);
  return config.quant_method === 'awq'
    ? parseDescription(awqSchema, description, unifyAwqFields(config))
    : parseDescription(gptqSchema, description, config);
}

/**
 * How the linear layers of a checkpoint are quantized; undefined: they are not.
 * @throws {ModelLoadError} naming the file, the field and what is supported.
 */
export function describeCheckpointQuantization(files: QuantizationFiles): CheckpointQuantization | undefined {
  const { configPath, inConfig, ownPath, own } = files;
  if (inConfig != null) return parseQuantization({ path: configPath, field: 'quantization_config' }, inConfig);
  if (own === undefined) return undefined;
  if (typeof own !== 'object' || own === null) throw new ModelLoadError(`${ownPath}: it must be an object.`);
  return parseQuantization({ path: ownPath }, { quant_method: 'gptq', ...own });
}

const isConversion = (name: QuantizationName): name is Quantization => QUANTIZATIONS.some((other) => other === name);

/**
 * What linear layers are converted to when the model loads; undefined: they stay as the checkpoint has them.
 * @throws {InvalidArgumentError} when the argument contradicts the checkpoint.
 */
export function chooseConversion(
  asked: QuantizationName | undefined,
  checkpoint: CheckpointQuantization | undefined,
): Quantization | undefined {
  if (asked === undefined || asked === checkpoint?.method) return undefined;
  if (checkpoint !== undefined) {
    throw new InvalidArgumentError(
      `Quantization method specified in the model config (${checkpoint.method}) does not match the quantization method specified in the quantization argument (${asked}). Leave the argument out.`,
    );
  }
  if (isConversion(asked)) return asked;
  throw new InvalidArgumentError(
    `quantization is '${asked}', but the model's config.json has no quantization_config: its weights are not quantized. Choose one of '${QUANTIZATIONS.join("', '")}' to convert them when the model loads, or leave the argument out.`,
  );
}
