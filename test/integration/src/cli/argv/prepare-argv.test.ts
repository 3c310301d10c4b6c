import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareArgv } from '../../../../../src/cli/argv/prepare-argv.js';
import { generateCommand } from '../../../../../src/cli/commands/generate.js';

const prepare = async (...args: string[]): Promise<string[]> =>
  (await prepareArgv(['node', 'ray-ts', ...args], [generateCommand()])).slice(2);

describe('prepareArgv', () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-argv-'));
    path = join(folder, 'engine.yaml');
    writeFileSync(
      path,
      'model: m\nmax-num-seqs: 4\nenable-dbo: true\nstop: [a]\neplb-config: {window_size: 1, step_interval: 2}\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('puts the flags of a file before those of the command line', async () => {
    expect(await prepare('generate', '--config', path, '--prompt', 'p')).toEqual([
      ...['generate', '--model=m', '--max-num-seqs=4', '--enable-dbo', '--stop=a'],
      ...['--eplb-config={"window_size":1,"step_interval":2}', '--config', path, '--prompt', 'p'],
    ]);
  });

  it('leaves those of the file out that the command line has, or has the contrary of', async () => {
    const args = await prepare('generate', `--config=${path}`, '--max_num_seqs', '8', '--no-enable-dbo', '--stop=b');
    expect(args).toEqual([
      ...['generate', '--model=m', '--eplb-config={"window_size":1,"step_interval":2}'],
      ...[`--config=${path}`, '--max-num-seqs', '8', '--no-enable-dbo', '--stop=b'],
    ]);
  });

  it('adds keys of the command line to an object of the file', async () => {
    const args = await prepare('generate', '--config', path, '--eplb-config.window_size', '9');
    expect(args.at(-1)).toBe('--eplb-config={"window_size":9,"step_interval":2}');
  });

  it("leaves the arguments of a user's program alone", async () => {
    const args = ['run', 'driver.ts', '-tp', '2', '--a_b', '--c.d', '--config', 'missing.yaml'];
    expect(await prepare(...args)).toEqual(args);
  });

  it('says which file is missing', async () => {
    await expect(prepare('generate', '--config', 'missing.yaml')).rejects.toThrow(
      '--config missing.yaml could not be read.',
    );
  });
});
