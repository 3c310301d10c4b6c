import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Lab } from '../support/lab.js';

const exec = promisify(execFile);

const mixtral = join(__dirname, '../fixtures/hf-golden/mixtral');
const storyteller = join(__dirname, '../../models/storyteller');

const readJson = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'));

describe('the examples of distributed inference', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  async function run(name: string, ...flags: string[]): Promise<string> {
    const { stdout } = await exec(process.execPath, ['--import', 'tsx', `examples/${name}.ts`, ...flags], {
      env: lab.environment(),
      timeout: 60_000,
    });
    return stdout;
  }

  it('pipeline answers several requests from two stages, and leaves nothing', async () => {
    const stdout = await run('pipeline');
    expect(stdout).toMatch(/^Stage 0 has the layers 0 to (\d+)\nStage 1 has the layers \d+ to \d+\n/);
    expect(stdout).toContain('Count from 41 to 47. 41, 42, 43, 44, 45, 46, 47.\n');
    expect(stdout).toContain('Count from 12 to 15. 12, 13, 14, 15.\n');
    expect(stdout).toContain('Count from 3 to 9. 3, 4, 5, 6, 7, 8, 9.\n');
    expect(lab.processes()).toEqual([]);
  });

  it('multi-node tells where its ranks are, and answers', async () => {
    await lab.startHead(['--num-cpus', '2']);
    const lines = (await run('multi-node')).split('\n');
    const places = lines.map((line) => /^(Rank .*), host \S+, pid \d+$/.exec(line)?.[1]);
    expect(places.slice(0, 4)).toEqual([
      'Rank 0: stage 0, tensor rank 0',
      'Rank 1: stage 0, tensor rank 1',
      'Rank 2: stage 1, tensor rank 0',
      'Rank 3: stage 1, tensor rank 1',
    ]);
    expect(lines[4]).toBe('41, 42, 43, 44, 45, 46, 47.');
  });

  it('expert-parallel writes with two ranks what it writes with one, also while experts move', async () => {
    const model = join(lab.directory, 'mixtral');
    mkdirSync(model);
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      copyFileSync(join(storyteller, name), join(model, name));
    }
    const vocabulary = { vocab_size: readJson(join(storyteller, 'config.json'))['vocab_size'] };
    writeFileSync(
      join(model, 'config.json'),
      JSON.stringify({ ...readJson(join(mixtral, 'config.json')), ...vocabulary }),
    );
    const flags = ['--model', model, '--load-format', 'dummy'];
    const one = await run('expert-parallel', ...flags, '--tensor-parallel-size', '1');
    expect(one).toMatch(/^Once there was: ".+"\n$/);
    expect(await run('expert-parallel', ...flags)).toBe(one);
    expect(await run('expert-parallel', ...flags, '--eplb')).toBe(one);
    expect(lab.processes()).toEqual([]);
  });
});
