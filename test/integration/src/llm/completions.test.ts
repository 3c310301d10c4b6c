import { AsyncLLM } from '../../../../src/llm/async-llm.js';
import { LLM } from '../../../../src/llm/llm.js';
import type { RequestOutput } from '../../../../src/llm/outputs.js';
import { SamplingParams, type SamplingParamsInit } from '../../../../src/llm/sampling-params.js';
import { goldenCases, storytellerPath } from './golden-cases.js';

const [golden] = goldenCases;
const sampled = (init: SamplingParamsInit = {}) =>
  new SamplingParams({ temperature: 1.2, seed: 7, maxTokens: 12, ignoreEos: true, ...init });

const textsOf = ({ outputs }: RequestOutput) => outputs.map(({ text }) => text);

describe('Several completions of one prompt', () => {
  let llm: LLM;
  beforeAll(async () => {
    llm = await LLM.create({ model: storytellerPath, schedulingPolicy: 'priority' });
  });
  afterAll(async () => {
    await llm.shutdown();
  });

  it('come in the order of their indices and differ', async () => {
    const [output] = await llm.generate(golden!.prompt, sampled({ n: 3 }));
    expect(output!.outputs.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(new Set(textsOf(output!)).size).toBe(3);
    expect(output!.finished).toBe(true);
  });

  it('are those of the seed and the ones after it', async () => {
    const [together] = await llm.generate(golden!.prompt, sampled({ n: 2 }));
    const prompts = [golden!.prompt, golden!.prompt];
    const apart = await llm.generate(prompts, [sampled(), sampled({ seed: 8 })]);
    expect(textsOf(together!)).toEqual(apart.flatMap(textsOf));
  });

  it('are streamed under their index', async () => {
    const texts = ['', ''];
    const [output] = await llm.generate(golden!.prompt, sampled({ n: 2 }), {
      onText: (text, _, index) => {
        texts[index] += text;
      },
    });
    expect(texts).toEqual(textsOf(output!));
  });

  it('end together when a stop string ends each at its own place', async () => {
    const [output] = await llm.generate(golden!.prompt, sampled({ n: 3, maxTokens: 200, stop: [' '] }));
    expect(output!.outputs.map(({ finishReason, stopReason }) => [finishReason, stopReason])).toEqual(
      Array.from({ length: 3 }, () => ['stop', ' ']),
    );
  });

  it('keeps the last tokens of a prompt that is to be cut', async () => {
    const params = new SamplingParams({ temperature: 0, maxTokens: 1, truncatePromptTokens: 3 });
    const [output] = await llm.generate({ promptTokenIds: [10, 11, 12, 13, 14] }, params);
    expect(output!.promptTokenIds).toEqual([12, 13, 14]);
  });

  it('finds the prompt of an earlier request in the cache, but not across salts', async () => {
    const promptTokenIds = Array.from({ length: 64 }, (_, index) => 100 + index);
    const params = new SamplingParams({ temperature: 0, maxTokens: 1 });
    const cached: unknown[] = [];
    for (const cacheSalt of ['mine', 'mine', 'yours']) {
      const [output] = await llm.generate({ promptTokenIds, cacheSalt }, params);
      cached.push(output!.numCachedTokens);
    }
    expect(cached).toEqual([0, 48, 0]);
  });

  it('refuses priorities that are not one for each prompt', async () => {
    await expect(llm.generate(['a', 'b'], sampled(), { priority: [1] })).rejects.toThrow(
      'The lengths of prompts (2) and priority (1) must be the same.',
    );
    await expect(llm.generate('a', sampled(), { priority: [0.5] })).rejects.toThrow('priority must be integers');
  });

  it('says that pooling is for other models', async () => {
    await expect(llm.embed()).rejects.toThrow('LLM.embed() is only supported for pooling models.');
  });
});

describe('The outputs of a stream', () => {
  let llm: AsyncLLM;
  beforeAll(async () => {
    llm = await AsyncLLM.fromEngineArgs({ model: storytellerPath, disableLogStats: true });
  });
  afterAll(async () => {
    await llm.shutdown();
  });

  async function collect(init: SamplingParamsInit): Promise<RequestOutput[]> {
    const outputs: RequestOutput[] = [];
    for await (const output of llm.generate(golden!.prompt, sampled(init))) outputs.push(output);
    return outputs;
  }

  const textOf = (outputs: readonly RequestOutput[], index: number) =>
    outputs.flatMap((output) => output.outputs.filter((completion) => completion.index === index));

  it('are everything so far, what is new, or only the end', async () => {
    const cumulative = await collect({ n: 2, outputKind: 'cumulative' });
    const deltas = await collect({ n: 2, outputKind: 'delta' });
    const final = await collect({ n: 2, outputKind: 'final-only' });
    expect(final).toHaveLength(1);
    for (const index of [0, 1]) {
      const whole = final[0]!.outputs[index]!;
      expect(textOf(cumulative, index).at(-1)).toEqual(whole);
      expect(
        textOf(deltas, index)
          .map(({ text }) => text)
          .join(''),
      ).toBe(whole.text);
      expect(textOf(deltas, index).flatMap(({ tokenIds }) => tokenIds)).toEqual(whole.tokenIds);
    }
  });

  it('hold all completions when a request with several is aborted', async () => {
    const stream = llm.generate(golden!.prompt, sampled({ n: 2, maxTokens: 1000, outputKind: 'final-only' }), 'both');
    await new Promise((resolve) => setTimeout(resolve, 50));
    llm.abort('both');
    const { value } = await stream.next();
    expect(value!.outputs.map(({ finishReason }) => finishReason)).toEqual(['abort', 'abort']);
  });
});
