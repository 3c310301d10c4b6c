import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../support/lab.js';

interface GoldenCase {
  readonly prompt: readonly number[];
  readonly greedy: readonly number[];
}

const fixture = join(__dirname, '../fixtures/hf-golden/mixtral');
const storyteller = join(__dirname, '../../models/storyteller');

/** What Hugging Face transformers computes in float32. */
const { cases }: { readonly cases: readonly GoldenCase[] } = JSON.parse(
  readFileSync(join(fixture, 'golden.json'), 'utf8'),
);

const vocabularySize = (model: string): number =>
  JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')).vocab_size;

/** The storyteller's tokenizer, as far as its tokens are among the first `size`: the fixture has none. */
function readTokenizer(size: number): object {
  const tokenizer = JSON.parse(readFileSync(join(storyteller, 'tokenizer.json'), 'utf8'));
  const vocab = Object.fromEntries(Object.entries<number>(tokenizer.model.vocab).filter(([, id]) => id < size));
  const merges = tokenizer.model.merges.filter((merge: string | readonly string[]) => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    return pair.join('') in vocab;
  });
  const added = tokenizer.added_tokens.filter(({ id }: { readonly id: number }) => id < size);
  return { ...tokenizer, added_tokens: added, model: { ...tokenizer.model, vocab, merges } };
}

describe('the golden tokens of a mixture of experts', () => {
  let lab: Lab;
  let model: string;
  let promptsFile: string;
  beforeAll(async () => {
    lab = new Lab();
    model = join(lab.directory, 'mixtral');
    cpSync(fixture, model, { recursive: true });
    copyFileSync(join(storyteller, 'tokenizer_config.json'), join(model, 'tokenizer_config.json'));
    writeFileSync(join(model, 'tokenizer.json'), JSON.stringify(readTokenizer(vocabularySize(model))));
    promptsFile = join(lab.directory, 'prompts.jsonl');
    writeFileSync(promptsFile, cases.map(({ prompt }) => JSON.stringify({ prompt_token_ids: prompt })).join('\n'));
    await lab.startHead(['--num-cpus', '8']);
  });
  afterAll(() => lab.close());

  async function generate(flags: readonly string[]): Promise<(readonly number[])[]> {
    const numTokens = cases[0]!.greedy.length;
    const sampling = ['--max-tokens', `${numTokens}`, '--temperature', '0', '--ignore-eos', '--json'];
    const engine = ['--model', model, '--enable-expert-parallel', ...flags];
    const { code, stdout, stderr } = await lab.ray(['generate', ...engine, '--prompts', promptsFile, ...sampling]);
    if (code !== 0) throw new Error(stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).token_ids);
  }

  it.each([
    ['two ranks of this process', ['-tp', '2', '--distributed-executor-backend', 'uni']],
    ['two ranks of the cluster', ['-tp', '2', '--distributed-executor-backend', 'ray']],
    [
      'four ranks that take experts in turn, in two stages',
      ['-tp', '4', '-pp', '2', '--expert-placement-strategy', 'round_robin', '--distributed-executor-backend', 'ray'],
    ],
    [
      'two ranks of the cluster whose experts move as their load says',
      [
        ...['-tp', '2', '--distributed-executor-backend', 'ray', '--enable-eplb'],
        ...['--eplb-config', '{"num_redundant_experts": 2, "window_size": 8, "step_interval": 4}'],
      ],
    ],
  ])('come from %s', async (_, flags) => {
    expect(await generate(flags)).toEqual(cases.map(({ greedy }) => greedy));
  });
});
