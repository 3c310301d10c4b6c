import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LLM } from '../../../../src/llm/llm.js';
import type { CompletionOutput } from '../../../../src/llm/outputs.js';
import { SamplingParams, type SamplingParamsInit } from '../../../../src/llm/sampling-params.js';
import { goldenCases, storytellerPath } from './golden-cases.js';

const golden = goldenCases[0]!;
const EOS = 2;

describe('Sampling', () => {
  let llm: LLM;
  beforeAll(async () => {
    llm = await LLM.create({ model: storytellerPath, maxModelLen: 256, seed: 3, maxLogprobs: -1 });
  });
  afterAll(async () => {
    await llm.shutdown();
  });

  async function complete(init: SamplingParamsInit, prompt = golden.prompt): Promise<CompletionOutput> {
    const [output] = await llm.generate(prompt, new SamplingParams({ temperature: 0, maxTokens: 40, ...init }));
    return output!.outputs[0]!;
  }

  const tokensOf = (text: string) => llm.getTokenizer().encode(text, { addSpecialTokens: false });

  it('never says a bad word of several tokens, which without being banned it says', async () => {
    const usual = await complete({});
    const word = usual.text.split(/[^A-Za-z]+/).find((candidate) => tokensOf(` ${candidate}`).length > 1)!;
    const { text } = await complete({ badWords: [word] });
    expect([usual.text.includes(word), text.includes(word)]).toEqual([true, false]);
  });

  it('says the first token of two that are banned together, and another second one', async () => {
    const text = llm.getTokenizer().decode(golden.greedy.slice(0, 2), { skipSpecialTokens: false });
    expect(tokensOf(text)).toEqual(golden.greedy.slice(0, 2));
    const { tokenIds } = await complete({ badWords: [text] });
    expect(tokenIds[0]).toBe(golden.greedy[0]);
    expect(tokenIds[1]).not.toBe(golden.greedy[1]);
  });

  it('goes on past its end until it has the minimum', async () => {
    const numTokens = golden.greedy.length;
    const usual = await complete({ maxTokens: 250 });
    const longer = await complete({ maxTokens: 250, minTokens: numTokens + 10 });
    expect(usual.tokenIds).toHaveLength(numTokens);
    expect(longer.tokenIds.length).toBeGreaterThan(numTokens + 10);
    expect(longer.tokenIds.slice(0, numTokens + 10)).not.toContain(EOS);
  });

  it('says what a bias makes likely and only what is allowed', async () => {
    const biased = await complete({ logitBias: { 77: 100 }, maxTokens: 5 });
    expect(biased.tokenIds).toEqual([77, 77, 77, 77, 77]);
    const { tokenIds } = await complete({ allowedTokenIds: [70, 80, 90], temperature: 2, maxTokens: 30 });
    expect(tokenIds.every((tokenId) => [70, 80, 90].includes(tokenId))).toBe(true);
  });

  it('repeats itself less with penalties', async () => {
    const numDifferent = async (init: SamplingParamsInit) => {
      const { tokenIds } = await complete({
        ...init,
        maxTokens: 60,
        ignoreEos: true,
        allowedTokenIds: [70, 80, 90, 99],
      });
      return new Set(tokenIds.slice(0, 4)).size;
    };
    const usual = await numDifferent({});
    for (const init of [{ frequencyPenalty: 2 }, { presencePenalty: 2 }, { repetitionPenalty: 50 }]) {
      expect(await numDifferent(init)).toBeGreaterThan(usual);
    }
  });

  it('gives the same beside other requests as alone, whatever the parameters', async () => {
    const inits: SamplingParamsInit[] = [
      { temperature: 1.5, seed: 1, minP: 0.02 },
      { temperature: 1.2, seed: 2, topK: 20, frequencyPenalty: 0.5 },
      { temperature: 1, seed: 3, topP: 0.8, repetitionPenalty: 1.3, badWords: ['the', 'fox'] },
      { temperature: 2, seed: 4, logitBias: { 50: 5 }, minTokens: 20, n: 2 },
    ];
    const params = inits.map((init) => new SamplingParams({ maxTokens: 32, ...init }));
    const prompts = params.map((_, index) => goldenCases[index]!.prompt);
    const together = await llm.generate(prompts, params);
    for (const [index, prompt] of prompts.entries()) {
      const [alone] = await llm.generate(prompt, params[index]!);
      expect(alone!.outputs.map(({ tokenIds }) => tokenIds)).toEqual(
        together[index]!.outputs.map(({ tokenIds }) => tokenIds),
      );
    }
  });

  it('reports on the prompt once for all completions, past the prefix cache', async () => {
    const params = new SamplingParams({ n: 2, seed: 1, maxTokens: 3, promptLogprobs: 1 });
    for (let time = 0; time < 2; time++) {
      const [output] = await llm.generate(golden.prompt, params);
      const { promptLogprobs, promptTokenIds, numCachedTokens } = output!;
      expect(numCachedTokens).toBe(0);
      expect(promptLogprobs!.map((logprobs) => logprobs && [...logprobs.keys()][0])).toEqual([
        undefined,
        ...promptTokenIds.slice(1),
      ]);
    }
  });

  it('reports the whole vocabulary where it may', async () => {
    const { logprobs } = await complete({ logprobs: -1, maxTokens: 1 });
    const sum = [...logprobs![0]!.values()].reduce((total, { logprob }) => total + Math.exp(logprob), 0);
    expect(logprobs![0]!.size).toBe(2048);
    expect(sum).toBeCloseTo(1, 4);
  });

  it.each<[SamplingParamsInit, string]>([
    [{ logitBias: { 2048: 1 } }, 'logitBias must be token ids below 2048, got 2048.'],
    [{ allowedTokenIds: [5000] }, 'allowedTokenIds must be token ids below 2048, got 5000.'],
  ])('refuses %j', async (init, message) => {
    await expect(complete(init)).rejects.toThrow(message);
  });
});

describe('A generation_config.json', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-defaults-'));
    for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
      cpSync(join(storytellerPath, file), join(folder, file));
    symlinkSync(join(storytellerPath, 'model.safetensors'), join(folder, 'model.safetensors'));
    const config = { temperature: 0.7, top_p: 0.9, top_k: 30, min_p: 0.05, repetition_penalty: 1.1, max_new_tokens: 9 };
    writeFileSync(join(folder, 'generation_config.json'), JSON.stringify(config));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives the defaults that vLLM takes from it, unless it is to be left alone', async () => {
    await using llm = await LLM.create({ model: folder });
    expect(llm.getDefaultSamplingParams()).toMatchObject({
      temperature: 0.7,
      topP: 0.9,
      topK: 30,
      minP: 0.05,
      repetitionPenalty: 1.1,
      maxTokens: 9,
    });
    await using plain = await LLM.create({ model: folder, generationConfig: 'vllm' });
    expect(plain.getDefaultSamplingParams()).toEqual(new SamplingParams());
  });
});
