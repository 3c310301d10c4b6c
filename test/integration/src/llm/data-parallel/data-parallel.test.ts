import { resolve } from 'node:path';
import { LLM } from '../../../../../src/llm/llm.js';
import { SamplingParams } from '../../../../../src/llm/sampling-params.js';
import { eventually } from '../../../../support/eventually.js';
import { storytellerGolden } from '../../../../support/storyteller.js';

const model = resolve(__dirname, '../../../../../models/storyteller');
const prompts = storytellerGolden.map(({ prompt_token_ids }) => ({ promptTokenIds: prompt_token_ids }));
const greedy = storytellerGolden.map(
  ({ greedy: tokens }) => new SamplingParams({ temperature: 0, ignoreEos: true, maxTokens: tokens.length }),
);
const long = new SamplingParams({ temperature: 0, ignoreEos: true, maxTokens: 200 });

interface Described {
  readonly pid: number;
}

const pidsOf = async (llm: LLM): Promise<number[]> =>
  ((await llm.collectiveRpc('describe')) as Described[]).map(({ pid }) => pid);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const gone = (pids: readonly number[]): Promise<true> =>
  eventually('the processes are gone', async () => !pids.some(isAlive) || undefined);

describe('an LLM of two replicas', () => {
  let llm: LLM | undefined;
  afterEach(() => llm?.shutdown());

  it('gives the golden tokens, from both', async () => {
    llm = await LLM.create({ model, dataParallelSize: 2, disableLogStats: false });
    const outputs = await llm.generate(prompts, greedy);
    expect(outputs.map(({ outputs: [completion] }) => [...completion!.tokenIds])).toEqual(
      storytellerGolden.map((golden) => golden.greedy),
    );
    const served = llm.getMetrics().filter(({ name }) => name === 'vllm:generation_tokens');
    expect(served.map(({ labels }) => labels['engine'])).toEqual(['0', '1']);
    for (const metric of served) expect(metric).toMatchObject({ value: expect.any(Number) });
    expect(served.every((metric) => metric.type === 'counter' && metric.value > 0)).toBe(true);
  });

  it('has a process for each, which end with it', async () => {
    llm = await LLM.create({ model, dataParallelSize: 2 });
    const pids = await pidsOf(llm);
    expect(new Set([...pids, process.pid]).size).toBe(3);
    await llm.shutdown();
    await gone(pids);
  });

  it('refuses arguments of calls that can not be sent', async () => {
    llm = await LLM.create({ model, dataParallelSize: 2 });
    await expect(llm.collectiveRpc('describe', [() => 1])).rejects.toThrow("collectiveRpc can't be sent");
  });

  it('fails as one when a replica is killed, with how it ended', async () => {
    llm = await LLM.create({ model, dataParallelSize: 2 });
    const pids = await pidsOf(llm);
    const generating = llm.generate(prompts.slice(0, 2), long);
    process.kill(pids[1]!, 'SIGKILL');
    await expect(generating).rejects.toMatchObject({
      code: 'RAY_ENGINE_DEAD',
      message: expect.stringContaining(`pid ${pids[1]}) was ended by SIGKILL`),
      details: expect.objectContaining({ dataParallelRank: 1, signal: 'SIGKILL' }),
    });
    await gone(pids);
  });

  it('with restarts loses only the requests of the dead one, which comes back', async () => {
    llm = await LLM.create({ model, dataParallelSize: 2, maxRestarts: 1 });
    const before = await pidsOf(llm);
    const first = llm.generate(prompts.slice(0, 1), long);
    const second = llm.generate(prompts.slice(0, 1), long);
    process.kill(before[1]!, 'SIGKILL');
    await expect(second).rejects.toThrow('was ended by SIGKILL');
    expect((await first)[0]!.outputs[0]!.tokenIds).toHaveLength(200);
    const after = await eventually('the replica is back', () => pidsOf(llm!).catch(() => undefined));
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    const outputs = await llm.generate(prompts, greedy);
    expect(outputs.map(({ outputs: [completion] }) => [...completion!.tokenIds])).toEqual(
      storytellerGolden.map((golden) => golden.greedy),
    );
    await llm.shutdown();
    await gone([...before, ...after]);
  });
});

describe('an LLM whose replicas can not load the model', () => {
  it('rejects with what they failed with', async () => {
    const loading = LLM.create({ model, dataParallelSize: 2, numGpuBlocksOverride: 1 });
    await expect(loading).rejects.toMatchObject({ code: expect.stringMatching(/^RAY_/) });
  });
});
