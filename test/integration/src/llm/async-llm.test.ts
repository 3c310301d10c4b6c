import { hostname } from 'node:os';
import { IllegalStateError, InvalidArgumentError, RequestRejectedError } from '../../../../src/core/index.js';
import { AsyncLLM } from '../../../../src/llm/async-llm.js';
import type { RequestOutput } from '../../../../src/llm/outputs.js';
import { SamplingParams } from '../../../../src/llm/sampling-params.js';
import { goldenCases, storytellerPath } from './golden-cases.js';

const greedy = new SamplingParams({ temperature: 0, maxTokens: 128 });
const endless = new SamplingParams({ maxTokens: 2000, ignoreEos: true });

async function last(outputs: AsyncIterable<RequestOutput>): Promise<RequestOutput> {
  let latest: RequestOutput | undefined;
  for await (const output of outputs) latest = output;
  return latest!;
}

/** The gauge or counter of that name. */
function metricValue(llm: AsyncLLM, name: string, labels: Record<string, string> = {}): number | undefined {
  const found = llm
    .getMetrics()
    .find(
      (metric) =>
        metric.name === name && Object.entries(labels).every(([label, value]) => metric.labels[label] === value),
    );
  return found?.type === 'histogram' ? found.count : found?.value;
}

describe('AsyncLLM', () => {
  let llm: AsyncLLM;
  beforeAll(async () => {
    llm = await AsyncLLM.fromEngineArgs({ model: storytellerPath });
  });
  afterAll(async () => {
    await llm.shutdown();
  });

  it('streams several requests at once, each with more and more of its own text', async () => {
    const cases = goldenCases.slice(0, 3);
    const outputs = await Promise.all(cases.map(({ prompt }) => last(llm.generate(prompt, greedy))));
    expect(outputs.map(({ outputs: [completion] }) => completion!.text)).toEqual(cases.map(({ text }) => text));
    expect(outputs.map(({ finished }) => finished)).toEqual([true, true, true]);
  });

  it('reports the times of a request', async () => {
    const { metrics } = await last(llm.generate(goldenCases[0]!.prompt, greedy));
    const { arrivalTime, queuedTime, scheduledTime, firstTokenTime, lastTokenTime } = metrics!;
    const times = [arrivalTime, queuedTime, scheduledTime, firstTokenTime, lastTokenTime];
    expect(times).toEqual([...times].sort((left, right) => left! - right!));
  });

  it('merges what a slow reader has not read', async () => {
    const stream = llm.generate(goldenCases[0]!.prompt, greedy);
    await last(llm.generate(goldenCases[0]!.prompt, greedy));
    await new Promise((resolve) => setTimeout(resolve, 20));
    let numOutputs = 0;
    let text = '';
    for await (const { outputs } of stream) {
      numOutputs += 1;
      text = outputs[0]!.text;
    }
    expect(text).toBe(goldenCases[0]!.text);
    expect(numOutputs).toBeLessThan(5);
  });

  it('ends the request when the loop is left', async () => {
    const before = metricValue(llm, 'vllm:request_success', { finished_reason: 'abort' })!;
    for await (const _ of llm.generate('Once', endless, 'left')) break;
    expect(metricValue(llm, 'vllm:request_success', { finished_reason: 'abort' })).toBe(before + 1);
    // The id is free again, and the earlier request's late outputs are not this one's.
    const { outputs } = await last(llm.generate(goldenCases[0]!.prompt, greedy, 'left'));
    expect(outputs[0]!.text).toBe(goldenCases[0]!.text);
  });

  it('gives an aborted request a last output that says so', async () => {
    const stream = llm.generate('Once', endless, 'aborted');
    await stream.next();
    llm.abort('aborted');
    const { finished, outputs } = await last(stream);
    expect([finished, outputs[0]!.finishReason]).toEqual([true, 'abort']);
  });

  it("throws the signal's reason into the loop", async () => {
    const controller = new AbortController();
    const stream = llm.generate('Once', endless, undefined, { signal: controller.signal });
    const outcome = expect(last(stream)).rejects.toThrow('changed my mind');
    controller.abort(new Error('changed my mind'));
    await outcome;
  });

  it('refuses an id that is in use and a prompt that can not be served', async () => {
    const stream = llm.generate('Once', endless, 'twice');
    expect(() => llm.generate('Once', greedy, 'twice')).toThrow(InvalidArgumentError);
    expect(() => llm.generate('')).toThrow(RequestRejectedError);
    expect(() => llm.generate('Once', greedy, undefined, { priority: Number.NaN })).toThrow(
      'priority must be an integer',
    );
    await stream.return!();
  });

  it('counts tokens and requests under the names of vLLM', async () => {
    const before = metricValue(llm, 'vllm:generation_tokens')!;
    const { outputs } = await last(llm.generate(goldenCases[1]!.prompt, greedy));
    expect(metricValue(llm, 'vllm:generation_tokens')! - before).toBe(outputs[0]!.tokenIds.length);
    expect(metricValue(llm, 'vllm:num_requests_running')).toBe(0);
  });

  it('asks the workers who they are', async () => {
    expect(await llm.collectiveRpc('describe')).toEqual([
      {
        ...{ rank: 0, stage: 0, tensorRank: 0, hostname: hostname(), pid: process.pid },
        layers: { firstLayer: 0, endLayer: expect.any(Number) },
      },
    ]);
    await expect(llm.collectiveRpc('descibe')).rejects.toThrow("Did you mean 'describe'?");
  });

  it('resets the prefix cache', async () => {
    expect(await llm.resetPrefixCache()).toBe(true);
  });

  describe('that sleeps', () => {
    it('refuses requests until it wakes, and then gives the same tokens', async () => {
      await llm.sleep();
      expect([
        llm.isSleeping,
        metricValue(llm, 'vllm:engine_sleep_state', { sleep_state: 'weights_offloaded' }),
      ]).toEqual([true, 1]);
      expect(() => llm.generate('Once')).toThrow('The engine is asleep. Call wakeUp() first.');
      await llm.wakeUp();
      const { outputs } = await last(llm.generate(goldenCases[0]!.prompt, greedy));
      expect(outputs[0]!.text).toBe(goldenCases[0]!.text);
    });

    it('stays asleep when it was woken while it was awake', async () => {
      await Promise.all([llm.wakeUp(), llm.sleep()]);
      expect(() => llm.generate('Once')).toThrow('The engine is asleep. Call wakeUp() first.');
      await llm.wakeUp();
    });

    it('does not fall asleep over unfinished requests', async () => {
      const stream = llm.generate('Once', endless);
      await expect(llm.sleep()).rejects.toThrow(IllegalStateError);
      expect(llm.isSleeping).toBe(false);
      await stream.return!();
    });
  });
});

describe('AsyncLLM that is shut down', () => {
  it('ends its streams with an error and refuses more', async () => {
    const llm = await AsyncLLM.fromEngineArgs({ model: storytellerPath, disableLogStats: true });
    const outcome = expect(last(llm.generate('Once', endless))).rejects.toThrow('The engine was shut down');
    expect(() => llm.getMetrics()).toThrow('Stats are disabled.');
    await llm.shutdown();
    await outcome;
    expect(() => llm.generate('Once')).toThrow(IllegalStateError);
    expect([llm.isRunning, llm.errored]).toEqual([false, false]);
  });
});
