import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompilationLevel } from '../../../../../src/llm/config/compilation-config.js';
import { LocalPipeline } from '../../../../support/local-pipeline.js';
import { decode, greedy, prefill } from '../../../../support/passes.js';
import { storytellerConfig, storytellerGolden } from '../../../../support/storyteller.js';

const golden = storytellerGolden[1]!;

async function generate(compilation: CompilationLevel, layersPerStage = [6], tensorParallelSize = 1) {
  const pipeline = await LocalPipeline.load(storytellerConfig, { tensorParallelSize, layersPerStage, compilation });
  try {
    const prompt = golden.prompt_token_ids;
    const tokens = pipeline.execute({ passes: [prefill(0, prompt)], slotSamplings: [greedy(0)] });
    const tokenIds = [tokens[0]!.tokenId];
    while (tokenIds.length < golden.greedy.length) {
      const row = { tokenId: tokenIds.at(-1)!, numComputed: prompt.length + tokenIds.length - 1 };
      tokenIds.push(pipeline.execute({ passes: [decode(0, [row])] })[0]!.tokenId);
    }
    return tokenIds;
  } finally {
    pipeline.close();
  }
}

describe('A model at a level of compilation', () => {
  let cache: string;
  let graphs: string;
  const before = process.env['RAY_TS_CACHE'];
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'ray-ts-graphs-'));
    graphs = join(cache, 'graphs');
    process.env['RAY_TS_CACHE'] = cache;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['RAY_TS_CACHE'];
    else process.env['RAY_TS_CACHE'] = before;
    rmSync(cache, { recursive: true });
  });

  const keptFiles = () => readdirSync(graphs).sort();
  const fileNumbers = () => keptFiles().map((name) => statSync(join(graphs, name)).ino);

  it.each<CompilationLevel>([0, 1, 2])('%d answers with its tokens and keeps nothing', async (level) => {
    expect(await generate(level)).toEqual(golden.greedy);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('3 keeps a graph for every cut, and answers with its tokens at the first start and the second', async () => {
    expect(await generate(3)).toEqual(golden.greedy);
    const first = fileNumbers();
    expect(first).toHaveLength(2);
    expect(await generate(3)).toEqual(golden.greedy);
    expect(fileNumbers()).toEqual(first);
  });

  it('3 keeps the graphs of every stage and rank', async () => {
    for (let start = 0; start < 2; start++) expect(await generate(3, [2, 4], 2)).toEqual(golden.greedy);
    expect(keptFiles().every((name) => /^[0-9a-f]{64}\.graph$/.test(name))).toBe(true);
  });

  it('3 makes a damaged graph again', async () => {
    await generate(3);
    const path = join(graphs, keptFiles()[0]!);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    expect(await generate(3)).toEqual(golden.greedy);
    expect(readFileSync(path)).toEqual(whole);
  });

  it('3 runs a kept graph rather than its own', async () => {
    await generate(3);
    const [one, other] = keptFiles().map((name) => join(graphs, name));
    const graph = readFileSync(one!);
    writeFileSync(one!, readFileSync(other!));
    writeFileSync(other!, graph);
    await expect(generate(3)).rejects.toThrow();
  });

  it('3 does without a folder that it can not make', async () => {
    writeFileSync(graphs, 'no folder');
    expect(await generate(3)).toEqual(golden.greedy);
    expect(readFileSync(graphs, 'utf8')).toBe('no folder');
  });

  it('3 may load in several processes at once', async () => {
    const script = join(process.cwd(), 'test/support/compilation-peer.ts');
    const peers = Array.from({ length: 2 }, () =>
      fork(script, { execArgv: ['--import', 'tsx'], env: { ...process.env } }),
    );
    const ends = peers.map((peer) => once(peer, 'exit'));
    const answers = await Promise.all(peers.map(async (peer) => (await once(peer, 'message'))[0]));
    await Promise.all(ends);
    expect(answers[1]).toEqual(answers[0]);
    expect(keptFiles().every((name) => /^[0-9a-f]{64}\.graph$/.test(name))).toBe(true);
  });
});
