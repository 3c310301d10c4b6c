import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InvalidArgumentError, ModelLoadError } from '../../../../../src/core/index.js';
import { IncrementalDetokenizer } from '../../../../../src/llm/tokenizer/incremental-detokenizer.js';
import { Tokenizer } from '../../../../../src/llm/tokenizer/tokenizer.js';
import { goldenCases, storytellerPath } from '../golden-cases.js';

const END = 2;

describe('Tokenizer of models/storyteller', () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await Tokenizer.load(storytellerPath);
  });

  it.each(goldenCases)(
    'encodes and decodes as transformers does: $ask',
    ({ ask, prompt, prompt_token_ids, greedy, text }) => {
      expect(tokenizer.applyChatTemplate([{ role: 'user', content: ask }])).toBe(prompt);
      expect(tokenizer.encode(prompt)).toEqual(prompt_token_ids);
      expect(tokenizer.decode(greedy)).toBe(text);
    },
  );

  it('decodes what it encoded', () => {
    const text = 'naïve 🦊 日本\\n\\t"quotes"';
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('decodes no tokens to no text', () => {
    expect(tokenizer.decode([])).toBe('');
  });

  it('shows special tokens when asked to', () => {
    expect(tokenizer.decode([473, END], { skipSpecialTokens: false })).toBe('Once<|end|>');
    expect([tokenizer.isSpecialToken(END), tokenizer.isSpecialToken(473)]).toEqual([true, false]);
  });

  it('leaves the answer unopened when no generation prompt is wanted', () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    expect(tokenizer.applyChatTemplate(messages, { addGenerationPrompt: false })).toBe('<|user|>\nHi<|end|>\n');
  });

  it('detokenizes any token stream piece by piece to the text of all tokens', () => {
    const tokenIds = fc.array(fc.nat(2047), { maxLength: 40 });
    fc.assert(
      fc.property(tokenIds, fc.boolean(), (ids, skipSpecialTokens) => {
        const options = { skipSpecialTokens, stop: [], includeStopStrInOutput: false, minTokens: 0 };
        const detokenizer = new IncrementalDetokenizer(tokenizer, options);
        const pieces = ids.map((tokenId) => detokenizer.push(tokenId));
        expect(pieces.join('') + detokenizer.finish()).toBe(tokenizer.decode(ids, { skipSpecialTokens }));
      }),
      { numRuns: 300 },
    );
  });
});

describe('Tokenizer.load', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-tokenizer-'));
    copyFileSync(join(storytellerPath, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('refuses to chat without a chat template', async () => {
    const tokenizer = await Tokenizer.load(folder);
    expect(() => tokenizer.applyChatTemplate([{ role: 'user', content: 'Hi' }])).toThrow(ModelLoadError);
    expect(() => tokenizer.applyChatTemplate([])).toThrow('has no chat template');
  });

  it('takes the template and the special tokens of tokenizer_config.json', async () => {
    const config = { chat_template: '{{ bos_token }}{{ messages[0].content }}', bos_token: { content: '<s>' } };
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    const tokenizer = await Tokenizer.load(folder);
    expect(tokenizer.applyChatTemplate([{ role: 'user', content: 'Hi' }])).toBe('<s>Hi');
  });

  it('takes a template that is given rather than its own', async () => {
    const chatTemplate = '{{ messages[0].content }}{% if add_generation_prompt %}:{% endif %}';
    const tokenizer = await Tokenizer.load(folder);
    const messages = [{ role: 'user', content: 'Hi' }];
    expect(tokenizer.applyChatTemplate(messages, { chatTemplate })).toBe('Hi:');
    expect(tokenizer.applyChatTemplate(messages, { chatTemplate, addGenerationPrompt: false })).toBe('Hi');
    expect(() => tokenizer.applyChatTemplate(messages, { chatTemplate: '{% if %}' })).toThrow(
      'The given chatTemplate does not parse',
    );
  });

  it('passes on what a template raises', async () => {
    writeFileSync(join(folder, 'chat_template.jinja'), "{{ raise_exception('roles must alternate') }}");
    const tokenizer = await Tokenizer.load(folder);
    expect(() => tokenizer.applyChatTemplate([])).toThrow(InvalidArgumentError);
    expect(() => tokenizer.applyChatTemplate([])).toThrow('roles must alternate');
  });

  it('names a template that does not parse', async () => {
    writeFileSync(join(folder, 'chat_template.jinja'), '{% if %}');
    await expect(Tokenizer.load(folder)).rejects.toThrow(`The chat template of ${folder} does not parse`);
  });

  it('names a tokenizer.json that is missing or no JSON', async () => {
    writeFileSync(join(folder, 'tokenizer.json'), '{');
    await expect(Tokenizer.load(folder)).rejects.toThrow('tokenizer.json is not valid JSON');
    rmSync(join(folder, 'tokenizer.json'));
    await expect(Tokenizer.load(folder)).rejects.toThrow(`The model folder ${folder} has no tokenizer.json.`);
  });
});
