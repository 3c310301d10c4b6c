import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, Lab } from '../support/lab.js';
import { skipLoudly } from '../support/skip-loudly.js';

const CLI = 'bin/ray-ts.js';
const sharedFiles = (): string[] => readdirSync('/dev/shm').filter((name) => name.startsWith('ray-ts-'));

describe('Ctrl-C while generate generates', () => {
  let lab: Lab;
  let command: string[];
  let before: string[];
  beforeEach(() => {
    lab = new Lab();
    before = sharedFiles();
    const prompts = join(lab.directory, 'prompts.jsonl');
    writeFileSync(prompts, '{"prompt": "Once there was"}\n'.repeat(200));
    const endless = ['--max-tokens', '1500', '--ignore-eos'];
    command = [CLI, 'generate', '--model', 'models/storyteller', '--prompts', prompts, ...endless];
  });
  afterEach(() => lab.close());

  const expectNothingLeft = async (): Promise<void> => {
    await eventually('all processes have ended', () => lab.processes().length === 0 || undefined);
    expect(sharedFiles().filter((name) => !before.includes(name))).toEqual([]);
  };

  it.each([
    ['SIGINT', 130, 'in the process itself', []],
    ['SIGTERM', 143, 'in the process itself', []],
    ['SIGINT', 130, 'in actors of a cluster of its own', ['-tp', '2', '--cpus-per-worker', '0.5']],
  ] as const)('%s ends it with %d and without an error when the ranks run %s', async (signal, exitCode, _, flags) => {
    const child = lab.spawn([process.execPath, ...command, ...flags]);
    let errors = '';
    child.stderr!.on('data', (chunk) => {
      errors += chunk;
    });
    const exited = once(child, 'exit');
    await once(child.stdout!, 'data');
    child.kill(signal);
    expect(await exited).toEqual([exitCode, null]);
    expect(errors).not.toMatch(/Error|^ +at /m);
    await expectNothingLeft();
  });

  if (spawnSync('script', ['--version']).status !== 0) {
    skipLoudly('on a terminal', 'install util-linux for its script command, which gives a program a terminal');
    return;
  }

  it('leaves the bar on a terminal, and the cursor on a line of its own', async () => {
    const line = [process.execPath, ...command, '--json'].join(' ');
    const child = lab.spawn(['script', '--quiet', '--return', '--command', line, join(lab.directory, 'typescript')]);
    const exited = once(child, 'exit');
    let screen = '';
    child.stdout!.on('data', (chunk) => {
      screen += chunk;
    });
    await eventually('a bar is shown', () => screen.includes('Processed prompts:') || undefined);
    const { pid } = lab
      .processes()
      .find(
        (found) =>
          found.command.includes(`${CLI} generate`) &&
          !found.command.startsWith('script') &&
          !found.command.startsWith('sh '),
      )!;
    process.kill(pid, 'SIGINT');
    expect((await exited)[0]).toBe(130);
    expect(screen).toMatch(/Processed prompts: +\d+%[^\r\n]*\r\n$/);
    await expectNothingLeft();
  });
});
