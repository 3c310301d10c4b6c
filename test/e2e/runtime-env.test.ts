import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Lab } from '../support/lab.js';

const ROOT = join(__dirname, '../..');

const MAIN = `
import * as ray from 'ray-ts';
import { RemoteReader } from './lib/reader.js';

ray.main(async () => {
  const [mode] = process.argv.slice(2);
  const workingDir = new URL('.', import.meta.url).pathname;
  const runtimeEnv = { workingDir, envVars: { A: 'job', B: 'job' } };
  await ray.init({ address: mode, runtimeEnv, ...(mode === 'local' ? { numCpus: 2 } : {}) });
  const own = RemoteReader.options({ runtimeEnv: { envVars: { B: 'own' } } }).remote();
  console.log(JSON.stringify({
    reader: await ray.get(own.look.remote()),
    nested: await ray.get(own.nested.remote()),
    task: await ray.get(ray.remote(variables).remote()),
  }));
  await ray.shutdown();
});

export function variables() {
  return [process.env.A, process.env.B, process.cwd()];
}
`;

const READER = `
import { readFileSync } from 'node:fs';
import * as ray from 'ray-ts';
import { greeting } from './greeting.js';

export class Reader {
  look() {
    const data = readFileSync('data/words.txt', 'utf8');
    return { greeting, data, url: import.meta.url, cwd: process.cwd(), env: [process.env.A, process.env.B] };
  }

  async nested() {
    const inner = RemoteReader.remote();
    const { url, env } = await ray.get(inner.look.remote());
    return { url, env };
  }
}
export const RemoteReader = ray.remote(Reader, { numCpus: 0.1 });
`;

interface Printed {
  readonly reader: { readonly greeting: string; data: string; url: string; cwd: string; env: readonly string[] };
  readonly nested: { readonly url: string; readonly env: readonly string[] };
  readonly task: readonly string[];
}

describe('a program that sends its folder', () => {
  let lab: Lab;
  let program: string;

  beforeAll(() => {
    lab = new Lab();
    program = mkdtempSync(join(tmpdir(), 'ray-ts-program-'));
    mkdirSync(join(program, 'node_modules'));
    symlinkSync(ROOT, join(program, 'node_modules/ray-ts'));
    const files = {
      'package.json': '{ "type": "module" }',
      'main.ts': MAIN,
      'lib/reader.ts': READER,
      'lib/greeting.ts': "export const greeting: string = 'hello';",
      'data/words.txt': 'some words',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(program, path)), { recursive: true });
      writeFileSync(join(program, path), text);
    }
  });
  afterAll(async () => {
    await lab.close();
    rmSync(program, { recursive: true, force: true });
  });

  async function run(address: string): Promise<Printed> {
    const { code, stdout, stderr } = await lab.ray(['run', join(program, 'main.ts'), address]);
    if (code !== 0) throw new Error(stdout + stderr);
    return JSON.parse(stdout.split('\n').find((line) => line.startsWith('{'))!) as Printed;
  }

  it('runs from the copy on the node: modules, files and variables', async () => {
    await lab.startHead(['--num-cpus', '2']);
    const { reader, nested, task } = await run('auto');
    expect(reader).toMatchObject({ greeting: 'hello', data: 'some words', env: ['job', 'own'] });
    expect(reader.cwd).toMatch(/\/packages\/[0-9a-f]{64}$/);
    expect(reader.url).toBe(`file://${reader.cwd}/lib/reader.ts`);
    expect(task).toEqual(['job', 'job', reader.cwd]);
    // What a worker creates has the worker's own environment.
    expect(nested).toEqual({ url: reader.url, env: ['job', 'own'] });
    const again = await run('auto');
    expect(again.reader.cwd).toBe(reader.cwd);
  });

  it('runs on a cluster of its own as well', async () => {
    expect((await run('local')).reader).toMatchObject({ greeting: 'hello', env: ['job', 'own'] });
  });
});
