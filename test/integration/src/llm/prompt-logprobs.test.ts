import { resolve } from 'node:path';
import type { EngineArgs } from '../../../../src/llm/config/engine-args.js';
import { createEngineConfig } from '../../../../src/llm/config/engine-config.js';
import type { EngineClient } from '../../../../src/llm/engine/engine-client.js';
import type { EngineCoreRequest, TokenLogprobs } from '../../../../src/llm/engine/engine-core-request.js';
import type { LaunchedEngine } from '../../../../src/llm/engine/launched-engine.js';
import { launchEngine } from '../../../../src/llm/launch-engine.js';
import { requestSampling } from '../../../../src/llm/request-sampling.js';
import { SamplingParams } from '../../../../src/llm/sampling-params.js';
import type { SchedulerStats } from '../../../../src/llm/scheduler/scheduler-stats.js';
import { type HfGolden, type HfGoldenCase, readHfGolden } from '../../../support/hf-golden.js';

const NUM_TOP = 3;
const TOLERANCE = 1e-4;

interface Answer {
  readonly tokenIds: readonly number[];
  readonly promptLogprobs: readonly TokenLogprobs[];
}

/** Three of every case at once, the later ones first by their priority. */
function requestsOf({
  cases,
  model,
}: HfGolden): { readonly golden: HfGoldenCase; readonly request: EngineCoreRequest }[] {
  const context = { maxOutputTokens: 64, vocabSize: model.vocabSize, tokenizer: { encode: () => [] } };
  return [...cases, ...cases, ...cases].map((golden, index) => {
    const params = new SamplingParams({
      temperature: 0,
      ignoreEos: true,
      maxTokens: golden.greedy.length,
      promptLogprobs: NUM_TOP,
    });
    const request = {
      requestId: `r${index}`,
      promptTokenIds: golden.prompt,
      sampling: requestSampling(params, context),
      priority: -index,
      cacheSalt: undefined,
      arrivalTime: index,
    };
    return { golden, request };
  });
}

function ask(client: EngineClient, request: EngineCoreRequest): Promise<Answer> {
  return new Promise((resolveAnswer, reject) => {
    const tokenIds: number[] = [];
    const promptLogprobs: TokenLogprobs[] = [];
    client.addRequest(request, {
      onOutput: ({ newTokenIds, newPromptLogprobs = [], finishReason }) => {
        tokenIds.push(...newTokenIds);
        promptLogprobs.push(...newPromptLogprobs);
        if (finishReason !== undefined) resolveAnswer({ tokenIds, promptLogprobs });
      },
      onError: reject,
    });
  });
}

/** Of all tokens, best first. */
function logSoftmax(logits: Float32Array): (readonly [tokenId: number, logprob: number])[] {
  const largest = Math.max(...logits);
  const normalizer = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
  return Array.from(logits, (logit, tokenId) => [tokenId, logit - normalizer] as const).sort(
    ([, left], [, right]) => right - left,
  );
}

function expectGolden({ tokenIds, promptLogprobs }: Answer, { prompt, greedy, logits }: HfGoldenCase): void {
  expect(tokenIds).toEqual(greedy);
  expect(promptLogprobs).toHaveLength(prompt.length - 1);
  for (const [index, { logprob, rank, topTokenIds, topLogprobs }] of promptLogprobs.entries()) {
    const expected = logSoftmax(logits[index]!);
    const place = expected.findIndex(([tokenId]) => tokenId === prompt[index + 1]);
    expect(rank).toBe(place + 1);
    expect(Math.abs(logprob - expected[place]![1])).toBeLessThan(TOLERANCE);
    expect(topTokenIds).toEqual(expected.slice(0, NUM_TOP).map(([tokenId]) => tokenId));
    for (const [top, value] of topLogprobs.entries())
      expect(Math.abs(value - expected[top]![1])).toBeLessThan(TOLERANCE);
  }
}

describe('The log-probabilities of prompts', () => {
  let golden: HfGolden;
  beforeAll(async () => {
    golden = await readHfGolden('llama');
  });

  async function withEngine(
    args: Omit<EngineArgs, 'model'>,
    use: (engine: LaunchedEngine) => Promise<void>,
  ): Promise<void> {
    const model = resolve(__dirname, '../../../fixtures/hf-golden/llama');
    const config = await createEngineConfig({ model, maxModelLen: 102, distributedExecutorBackend: 'uni', ...args });
    const engine = await launchEngine(config, {});
    try {
      await use(engine);
    } finally {
      await engine.shutdown();
    }
  }

  const expectAllGolden = async ({ client }: LaunchedEngine) => {
    const requests = requestsOf(golden);
    const answers = await Promise.all(requests.map(({ request }) => ask(client, request)));
    for (const [index, answer] of answers.entries()) expectGolden(answer, requests[index]!.golden);
  };

  it.each<[string, Omit<EngineArgs, 'model'>]>([
    ['of whole prompts', {}],
    ['of prompts in chunks', { maxNumBatchedTokens: 24 }],
    ['over tensor and pipeline ranks', { tensorParallelSize: 2, pipelineParallelSize: 2, maxNumBatchedTokens: 24 }],
    ['without chunked prefill', { enableChunkedPrefill: false }],
  ])("are transformers' %s", async (_, args) => {
    await withEngine(args, expectAllGolden);
  });

  it.each([1, 2])("are transformers' when prompts are preempted, with %i stages", async (pipelineParallelSize) => {
    const args = { pipelineParallelSize, numGpuBlocksOverride: 8, maxNumBatchedTokens: 16, maxNumSeqs: 8 };
    await withEngine({ ...args, schedulingPolicy: 'priority' }, async (engine) => {
      await expectAllGolden(engine);
      const { numPreemptions } = (await engine.client.callUtility({ method: 'stats' })) as SchedulerStats;
      expect(numPreemptions).toBeGreaterThan(5);
    });
  });
});
