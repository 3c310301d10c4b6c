import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostAndPortOf } from '../../src/core/index.js';
import { Lab } from '../support/lab.js';

const STORYTELLER = join(__dirname, '../../models/storyteller');

describe('bad input', () => {
  let lab: Lab;
  let modelFolder: string;
  beforeAll(() => {
    lab = new Lab();
  });
  beforeEach(() => {
    modelFolder = mkdtempSync(join(tmpdir(), 'ray-ts-model-'));
    for (const name of readdirSync(STORYTELLER).filter((entry) => /\.(json|jinja|safetensors)$/.test(entry))) {
      copyFileSync(join(STORYTELLER, name), join(modelFolder, name));
    }
  });
  afterEach(() => {
    expect(lab.processes()).toEqual([]);
    rmSync(modelFolder, { recursive: true });
  });
  afterAll(() => lab.close());

  const generate = (...flags: string[]) => lab.ray(['generate', '--model', modelFolder, '--prompt', 'Once', ...flags]);

  it('names both numbers when the tensor parallel size does not divide the heads', async () => {
    const { code, stderr } = await generate('-tp', '3');
    expect(code).toBe(1);
    expect(stderr).toBe('Error: Total number of attention heads (8) must be divisible by tensor parallel size (3).\n');
  });

  it('shows a table per node for a placement group that can never fit', async () => {
    const { code, stderr } = await generate('-tp', '4', '-pp', '3', '--cpus-per-worker', '64');
    expect(code).toBe(1);
    expect(stderr).toMatch(/can never fit this cluster[^\n]*CPU: 64[^\n]*\nnode +wanted +has +available +held by\n/);
  });

  it.each(['config.json', 'tokenizer.json', 'model.safetensors'])('names a missing %s', async (name) => {
    rmSync(join(modelFolder, name));
    const { code, stderr } = await generate('-tp', '2', '--cpus-per-worker', '0.5');
    expect(code).toBe(1);
    expect(stderr).toContain(name.endsWith('safetensors') ? 'safetensors' : name);
    expect(stderr).toContain(modelFolder);
  });

  it('names file, tensor and offset of a truncated safetensors', async () => {
    const path = join(modelFolder, 'model.safetensors');
    truncateSync(path, 1_000_000);
    const { code, stderr } = await generate('-tp', '2', '--cpus-per-worker', '0.5');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`${path}.*tensor \\S+ ends at data offset \\d+, but the file has \\d+ bytes of data`),
    );
  });

  it('lists the supported architectures for one that is not', async () => {
    const path = join(modelFolder, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('LlamaForCausalLM', 'MambaForCausalLM'));
    const { code, stderr } = await generate();
    expect(code).toBe(1);
    expect(stderr).toMatch(/MambaForCausalLM.*not supported.*LlamaForCausalLM/);
  });

  it('refuses a prompt that is longer than the model', async () => {
    const { code, stderr } = await generate('--max-model-len', '4', '--prompt', 'one two three four five six');
    expect(code).toBe(1);
    expect(stderr).toMatch(/length \d+\) is longer than the maximum model length of 4/);
  });

  it('names the line of a prompts file that is no prompt', async () => {
    const path = join(modelFolder, 'prompts.jsonl');
    writeFileSync(path, '{"prompt": "Once"}\n{"promt": "Twice"}\n');
    const { code, stderr } = await lab.ray(['generate', '--model', modelFolder, '--prompts', path]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${path}, line 2`);
  });

  it.each([
    [['--temperature', '-1'], 'temperature must be'],
    [['--max-tokens', '0'], 'maxTokens must be'],
    [['--seed', 'x'], "'--seed <n>' argument 'x' is invalid"],
    [['--distributed-executor-backend', 'mpi'], 'distributedExecutorBackend must be'],
    [['--logprobs', '2'], '--logprobs and --prompt-logprobs need --json'],
    [['--regex', 'a', '--choice', 'b'], "option '--regex <pattern>' cannot be used with option '--choice <text>'"],
    [['--regex', '('], 'structuredOutputs.regex is not valid'],
    [['--allowed-token-ids', '2048'], 'allowedTokenIds must be token ids below 2048'],
    [['--device', 'cuda'], "Device 'cuda' can't be used"],
    [['--max-model-len', '4096'], 'maxModelLen (4096) is greater than the derived maxModelLen'],
    [['--no-such-flag'], "unknown option '--no-such-flag'"],
  ])('explains %j', async (flags, message) => {
    const { code, stderr } = await generate(...flags);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe('bad input to a running cluster', () => {
  let lab: Lab;
  let address: string;
  beforeAll(async () => {
    lab = new Lab();
    ({ address } = await lab.startHead(['--num-cpus', '1']));
  });
  afterAll(() => lab.close());

  it('refuses a second head on the same port, and the first goes on', async () => {
    const { code, stderr } = await lab.ray(['start', '--head', '--port', String(hostAndPortOf(address).port)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: Port \d+ on 127\.0\.0\.1 is taken\./);
    expect((await lab.status()).nodes).toHaveLength(1);
  });

  it('refuses a node, a driver and a status call with a wrong token', async () => {
    const node = await lab.ray(['start', `--address=${address}`, '--token=wrong']);
    const driver = await lab.ray(['generate', '--model', STORYTELLER, '--prompt', 'x', '-tp', '2'], {
      RAY_TS_ADDRESS: address,
      RAY_TS_TOKEN: 'wrong',
    });
    const status = await lab.ray(['status', '--address', address], { RAY_TS_TOKEN: 'wrong' });
    for (const { code, stderr } of [node, driver, status]) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Error: The cluster token is missing or wrong\./m);
    }
    expect((await lab.status()).nodes).toHaveLength(1);
  });
});
