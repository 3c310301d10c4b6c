import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InvalidArgumentError, ModelLoadError } from '../../../../src/core/index.js';
import { readModelConfig } from '../../../../src/llm/config/read-model-config.js';
import { readDefaultSamplingParams } from '../../../../src/llm/default-sampling-params.js';
import { Tokenizer } from '../../../../src/llm/tokenizer/tokenizer.js';
import { storytellerPath } from './golden-cases.js';

type Json = Readonly<Record<string, unknown>>;

const FILES = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;
type FileName = (typeof FILES)[number];

const originals = Object.fromEntries(
  FILES.map((file) => [file, JSON.parse(readFileSync(join(storytellerPath, file), 'utf8')) as Json]),
) as Record<FileName, Json>;

/** One field of a file, or a field of a field, that is replaced; kept small, since fast-check prints it. */
interface Damage {
  readonly field: string | undefined;
  readonly innerField: string | undefined;
  readonly value: unknown;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function damageOf(original: Json): fc.Arbitrary<Damage> {
  return fc.constantFrom(undefined, ...Object.keys(original)).chain((field) => {
    const inner = field === undefined ? undefined : original[field];
    const innerFields = isObject(inner) ? Object.keys(inner) : [];
    return fc.record({
      field: fc.constant(field),
      innerField: fc.constantFrom(undefined, ...innerFields),
      value: fc.jsonValue(),
    });
  });
}

function damaged(original: Json, { field, innerField, value }: Damage): unknown {
  if (field === undefined) return value;
  const inner = original[field];
  if (innerField === undefined || !isObject(inner)) return { ...original, [field]: value };
  return { ...original, [field]: { ...inner, [innerField]: value } };
}

async function readAll(folder: string): Promise<void> {
  const { vocabSize } = await readModelConfig(folder, { needsWeights: false });
  await readDefaultSamplingParams(folder);
  const tokenizer = await Tokenizer.load(folder, { vocabSize });
  tokenizer.decode(tokenizer.encode('Once upon a time'));
}

describe('A model folder with a damaged file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-bad-model-'));
    for (const file of FILES) copyFileSync(join(storytellerPath, file), join(folder, file));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(FILES)('is read or refused, whatever %s holds', async (file) => {
    await fc.assert(
      fc.asyncProperty(damageOf(originals[file]), async (damage) => {
        writeFileSync(join(folder, file), JSON.stringify(damaged(originals[file], damage)));
        const error: unknown = await readAll(folder).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        const isTold = error === undefined || error instanceof ModelLoadError || error instanceof InvalidArgumentError;
        if (!isTold) throw error;
      }),
      { numRuns: 60 },
    );
  });

  it.each(FILES)('is refused by name when %s is no JSON', async (file) => {
    writeFileSync(join(folder, file), '{"truncated": ');
    await expect(readAll(folder)).rejects.toThrow(join(folder, file));
  });

  it('is refused when the tokenizer has tokens that the model has not', async () => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...originals['config.json'], vocab_size: 100 }));
    await expect(readAll(folder)).rejects.toThrow(
      /tokenizer\.json does not belong to this model: .* and config\.json says vocab_size 100\.$/,
    );
  });
});
