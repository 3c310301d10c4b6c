import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IllegalStateError, InvalidArgumentError, RequestRejectedError } from '../../../../src/core/index.js';
import { LLM, type LLMOptions } from '../../../../src/llm/llm.js';
import { SamplingParams } from '../../../../src/llm/sampling-params.js';
import { goldenCases, matchesGolden, storytellerPath } from './golden-cases.js';

const greedy = new SamplingParams({ temperature: 0, maxTokens: 128 });

async function withLLM(options: Partial<LLMOptions>, use: (llm: LLM) => Promise<void>): Promise<void> {
  const llm = await LLM.create({ model: storytellerPath, distributedExecutorBackend: 'uni', ...options });
  try {
    await use(llm);
  } finally {
    await llm.shutdown();
  }
}

/** All requests at once; every output is compared with transformers' tokens. */
async function expectGolden(llm: LLM): Promise<void> {
  const outputs = await llm.generate(
    goldenCases.map(({ prompt }) => prompt),
    greedy,
  );
  expect(
    outputs.map(({ outputs: [completion] }, index) => matchesGolden(completion!.tokenIds, goldenCases[index]!)),
  ).toEqual(goldenCases.map(() => true));
}

describe('LLM', () => {
  const layouts = [1, 2, 4].flatMap((tp) => [1, 2, 3].map((pp) => [tp, pp] as const));

  it.each(layouts)("gives transformers' greedy tokens with %i tensor and %i pipeline ranks", async (tp, pp) => {
    await withLLM({ tensorParallelSize: tp, pipelineParallelSize: pp }, expectGolden);
  });

  it('gives the same tokens with fewer slots than requests', async () => {
    await withLLM({ tensorParallelSize: 2, pipelineParallelSize: 2, maxNumSeqs: 3 }, expectGolden);
  });

  it('gives the same tokens when prompts are computed in chunks', async () => {
    await withLLM({ pipelineParallelSize: 2, maxNumBatchedTokens: 16 }, expectGolden);
  });

  it('gives the same tokens when requests are preempted', async () => {
    await withLLM({ maxModelLen: 192, numGpuBlocksOverride: 20 }, expectGolden);
  });

  it('reports the load of every stage', async () => {
    const ranks = new Set<number>();
    await withLLM(
      { tensorParallelSize: 2, pipelineParallelSize: 2, onProgress: ({ rank }) => ranks.add(rank) },
      async () => undefined,
    );
    expect([...ranks]).toEqual([0, 2]);
  });

  it('runs random weights with a folder that has none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ray-ts-dummy-'));
    try {
      for (const file of ['config.json', 'tokenizer.json'])
        copyFileSync(join(storytellerPath, file), join(folder, file));
      await withLLM({ model: folder, loadFormat: 'dummy' }, async (llm) => {
        const [output] = await llm.generate('Once', new SamplingParams({ maxTokens: 3, ignoreEos: true }));
        expect(output!.outputs[0]!.tokenIds).toHaveLength(3);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  describe('with one loaded model', () => {
    let llm: LLM;
    beforeAll(async () => {
      llm = await LLM.create({ model: storytellerPath, maxModelLen: 256 });
    });
    afterAll(async () => {
      await llm.shutdown();
    });

    it('chats through the chat template', async () => {
      const [golden] = goldenCases;
      const [output] = await llm.chat([{ role: 'user', content: golden!.ask }], greedy);
      expect(output).toMatchObject({
        prompt: golden!.prompt,
        promptTokenIds: golden!.prompt_token_ids,
        finished: true,
      });
      expect(output!.outputs[0]).toMatchObject({ text: golden!.text, finishReason: 'stop' });
    });

    it('answers several conversations in their order', async () => {
      const conversations = goldenCases.slice(1, 3).map(({ ask }) => [{ role: 'user', content: ask }]);
      const outputs = await llm.chat(conversations, greedy);
      expect(outputs.map(({ outputs: [completion] }) => completion!.text)).toEqual(
        goldenCases.slice(1, 3).map(({ text }) => text),
      );
    });

    it('streams pieces of text that joined are the output', async () => {
      const texts = ['', ''];
      const tokens: number[][] = [[], []];
      const prompts = goldenCases.slice(0, 2).map(({ prompt_token_ids }) => ({ promptTokenIds: prompt_token_ids }));
      const outputs = await llm.generate(prompts, greedy, {
        onText: (text, index) => {
          texts[index] += text;
        },
        onToken: (tokenId, index) => tokens[index]!.push(tokenId),
      });
      expect(texts).toEqual(outputs.map(({ outputs: [completion] }) => completion!.text));
      expect(tokens).toEqual(outputs.map(({ outputs: [completion] }) => completion!.tokenIds));
    });

    it('stops at a stop string and goes on serving', async () => {
      const params = new SamplingParams({ temperature: 0, maxTokens: 64, stop: '44' });
      const [output] = await llm.generate(goldenCases[1]!.prompt, params);
      expect(output!.outputs[0]).toMatchObject({ text: '41, 42, 43, ', finishReason: 'stop', stopReason: '44' });
      const [next] = await llm.generate(goldenCases[1]!.prompt, greedy);
      expect(next!.outputs[0]!.text).toBe(goldenCases[1]!.text);
    });

    it('reports log-probabilities that are those of transformers', async () => {
      const golden = goldenCases[1]!;
      const params = new SamplingParams({ temperature: 0, maxTokens: 128, logprobs: 1 });
      const [output] = await llm.generate(golden.prompt, params);
      const { logprobs, tokenIds } = output!.outputs[0]!;
      tokenIds.forEach((tokenId, index) => {
        const entry = logprobs![index]!.get(tokenId)!;
        expect(entry.rank).toBe(1);
        expect(entry.logprob).toBeCloseTo(golden.logprobs[index]!, 3);
      });
    });

    it('samples the same for one seed, alone or beside others', async () => {
      const params = new SamplingParams({ temperature: 1.5, seed: 7, maxTokens: 24 });
      const [alone] = await llm.generate(goldenCases[0]!.prompt, params);
      const beside = await llm.generate([goldenCases[3]!.prompt, goldenCases[0]!.prompt], [greedy, params]);
      expect(beside[1]!.outputs[0]!.tokenIds).toEqual(alone!.outputs[0]!.tokenIds);
    });

    it('fills the model when maxTokens is null', async () => {
      const params = new SamplingParams({ temperature: 0, maxTokens: null, ignoreEos: true });
      const [output] = await llm.generate({ promptTokenIds: new Array<number>(250).fill(100) }, params);
      expect(output!.outputs[0]).toMatchObject({ finishReason: 'length' });
      expect(output!.outputs[0]!.tokenIds).toHaveLength(6);
    });

    it('refuses all prompts when one can not be served', async () => {
      const seen: number[] = [];
      const prompts = ['Once', { promptTokenIds: [2048] }];
      const generating = llm.generate(prompts, greedy, { onToken: (tokenId) => seen.push(tokenId) });
      await expect(generating).rejects.toThrow(RequestRejectedError);
      await llm.generate('Once', new SamplingParams({ maxTokens: 1 }));
      expect(seen).toEqual([]);
    });

    it.each([
      ['an empty prompt', '', 'The decoder prompt cannot be empty.'],
      [
        'a prompt as long as the model',
        { promptTokenIds: new Array<number>(256).fill(9) },
        'The decoder prompt (length 256) plus',
      ],
      ['a prompt of no known form', { text: 'x' } as never, 'A prompt must be a string, {prompt}'],
    ])('refuses %s', async (_, prompt, message) => {
      await expect(llm.generate(prompt)).rejects.toThrow(message);
    });

    it('refuses another number of params than prompts', async () => {
      await expect(llm.generate(['a', 'b'], [greedy])).rejects.toThrow(
        'The lengths of prompts and params must be the same.',
      );
    });

    it('ends the call with the error of a streaming callback', async () => {
      const onText = () => {
        throw new RangeError('screen is full');
      };
      await expect(llm.generate(goldenCases[0]!.prompt, greedy, { onText })).rejects.toThrow('screen is full');
    });
  });

  it('fails unfinished and later calls when it is shut down', async () => {
    const llm = await LLM.create({ model: storytellerPath });
    const unfinished = llm.generate(goldenCases[0]!.prompt, new SamplingParams({ maxTokens: 2000, ignoreEos: true }));
    const outcome = expect(unfinished).rejects.toThrow(IllegalStateError);
    await llm.shutdown();
    await outcome;
    await expect(llm.generate('Once')).rejects.toThrow('The engine was shut down.');
    await llm.shutdown();
  });

  it('refuses sizes that the model can not be cut into', async () => {
    await expect(LLM.create({ model: storytellerPath, tensorParallelSize: 3 })).rejects.toThrow(InvalidArgumentError);
  });
});
