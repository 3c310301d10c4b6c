import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editSafetensors, type HeaderEntry } from '../support/edit-safetensors.js';
import { Lab } from '../support/lab.js';

const STORYTELLER = join(__dirname, '../../models/storyteller');
const FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
const TENSOR = 'model.layers.3.mlp.up_proj.weight';

/** One line that says what is wrong, exit code 1, nothing on standard output, no process left. */
describe('generate with a model that is not sound', () => {
  let lab: Lab;
  let folder: string;
  beforeAll(() => {
    lab = new Lab();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-model-'));
    for (const name of FILES) copyFileSync(join(STORYTELLER, name), join(folder, name));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  afterAll(() => lab.close());

  async function errorOf(flags: readonly string[] = ['--prompt', 'Once']): Promise<string> {
    const { code, stdout, stderr } = await lab.ray(['generate', '--model', folder, ...flags]);
    expect({ code, stdout, left: lab.processes() }).toEqual({ code: 1, stdout: '', left: [] });
    const [error, ...others] = stderr.split('\n').filter((line) => !/KV cache|concurrency/.test(line) && line !== '');
    expect(others).toEqual([]);
    expect(error).toMatch(/^Error: /);
    return error!;
  }

  const weights = (): string => join(folder, 'model.safetensors');

  it.each<[string, (entry: HeaderEntry, header: Record<string, HeaderEntry>) => void, RegExp]>([
    [
      'data beyond the end of the file',
      (_, header) => {
        const [last] = Object.values(header).sort((left, right) => right.data_offsets[1] - left.data_offsets[1]);
        last!.data_offsets[1] += 1e9;
        last!.shape = [last!.shape[0]! + 5e8];
      },
      /tensor \S+ ends at data offset \d+, but the file has \d+ bytes of data/,
    ],
    [
      'the data of another tensor',
      (entry, header) => {
        entry.data_offsets = header['model.layers.2.mlp.up_proj.weight']!.data_offsets;
      },
      /model\.layers\.[23]\.mlp\.up_proj\.weight/,
    ],
    [
      'a type that its size contradicts',
      (entry) => {
        entry.dtype = 'F32';
      },
      /model\.layers\.3\.mlp\.up_proj\.weight/,
    ],
    [
      'a type that weights do not have',
      (entry) => {
        entry.dtype = 'I16';
      },
      /model\.layers\.3\.mlp\.up_proj\.weight .*is stored as I16/,
    ],
    [
      'another shape than config.json asks for',
      (entry) => {
        entry.shape = entry.shape.toReversed();
      },
      /model\.layers\.3\.mlp\.up_proj\.weight .*has shape \[256,512\]/,
    ],
  ])('names file and tensor of %s', async (_, damage, reason) => {
    editSafetensors(weights(), (header) => damage(header[TENSOR]!, header));
    const error = await errorOf();
    expect(error).toContain(weights());
    expect(error).toMatch(reason);
  });

  it('names the element that is NaN, its tensor and its file', async () => {
    editSafetensors(weights(), (header, data) => {
      const [begin] = header[TENSOR]!.data_offsets;
      new DataView(data.buffer, data.byteOffset).setUint16(begin + 2 * (256 + 7), 0x7fc0, true);
    });
    expect(await errorOf()).toContain(`Tensor ${TENSOR} in ${weights()} holds NaN at [1, 7].`);
  });

  it('names the shard that is missing', async () => {
    renameSync(weights(), join(folder, 'model-00001-of-00002.safetensors'));
    const index = {
      weight_map: {
        'model.norm.weight': 'model-00001-of-00002.safetensors',
        [TENSOR]: 'model-00002-of-00002.safetensors',
      },
    };
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    expect(await errorOf()).toContain('model-00002-of-00002.safetensors');
  });

  it.each([
    ['num_hidden_layers', 7, 'num_hidden_layers is 7, but the weights there have 6 layers'],
    ['intermediate_size', 640, 'mlp'],
    ['vocab_size', 1000, 'tokenizer.json'],
  ])('says what contradicts config.json where it has another %s', async (field, value, named) => {
    const path = join(folder, 'config.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), [field]: value }));
    expect(await errorOf()).toContain(named);
  });

  it('refuses a prompt with a token that the model has not', async () => {
    const prompts = join(folder, 'prompts.jsonl');
    writeFileSync(prompts, '{"prompt_token_ids": [5, 2048]}\n');
    expect(await errorOf(['--prompts', prompts])).toContain('Token id 2048 is out of vocabulary.');
  });
});
