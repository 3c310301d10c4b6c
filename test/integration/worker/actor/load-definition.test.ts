import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RemoteDefinition } from '../../../../src/rpc/index.js';

const ROOT = process.cwd();
const url = (path: string): string => pathToFileURL(join(ROOT, path)).href;

/** Loads a class in a process of its own, as an actor process does, and tells the outcome. */
const PROGRAM = `
  const { loadDefinition } = await import('${url('worker/actor/load-definition.ts')}');
  try {
    const ActorClass = await loadDefinition(JSON.parse(process.argv[1]), process.argv[2]);
    console.log(JSON.stringify({ name: ActorClass.name, answer: new ActorClass().answer() }));
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message }));
  }
`;

describe('loadDefinition', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ray-ts-modules-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const write = (name: string, source: string): string => {
    const path = join(directory, name);
    writeFileSync(path, source);
    return path;
  };
  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

  function load(modulePath: string, name: string, change: Partial<RemoteDefinition> = {}): Promise<object> {
    const definition: RemoteDefinition = { modulePath, name, moduleHash: '', hostname: 'driver-host', ...change };
    return new Promise((resolve, reject) => {
      const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM, JSON.stringify(definition), directory];
      execFile(process.execPath, args, { cwd: ROOT }, (error, stdout, stderr) => {
        if (error) reject(new Error(stderr));
        else resolve(JSON.parse(stdout) as object);
      });
    });
  }

  it('takes the export of that name', async () => {
    const path = write('exported.mjs', "export class Answer { answer() { return 'exported'; } }");
    expect(await load(path, 'Answer', { moduleHash: sha256(path) })).toEqual({ name: 'Answer', answer: 'exported' });
  });

  it('finds a relative module in the folder that came with the program', async () => {
    write('relative.mjs', "export class Answer { answer() { return 'relative'; } }");
    expect(await load('relative.mjs', 'Answer')).toEqual({ name: 'Answer', answer: 'relative' });
  });

  it('takes the class that the module declared remote, though it does not export it', async () => {
    const path = write(
      'declared.mjs',
      `import { remote } from '${url('dist/src/index.js')}';
       class Answer { answer() { return 'declared'; } }
       remote(Answer);`,
    );
    expect(await load(path, 'Answer')).toEqual({ name: 'Answer', answer: 'declared' });
  });

  it.each(['typed.ts', 'typed.mts', 'typed.cts'])('loads a module in TypeScript: %s', async (name) => {
    const path = write(name, "export class Answer { answer(): string { return 'typed' satisfies string; } }");
    expect(await load(path, 'Answer', { moduleHash: sha256(path) })).toEqual({ name: 'Answer', answer: 'typed' });
  });

  it('names both hosts when the module differs from that of the driver', async () => {
    const path = write('changed.mjs', 'export class Answer {}');
    const outcome = await load(path, 'Answer', { moduleHash: '0'.repeat(64) });
    expect(outcome).toEqual({
      code: 'RAY_INVALID_ARGUMENT',
      message: `Module ${path} on ${hostname()} differs from the one on driver-host. Bring both to the same version.`,
    });
  });

  it('says that the module is missing here, and what to do', async () => {
    const outcome = await load(join(directory, 'missing.mjs'), 'Answer');
    expect(outcome).toMatchObject({ code: 'RAY_INVALID_ARGUMENT' });
    expect(outcome).toMatchObject({
      message: expect.stringMatching(/of the driver on driver-host can't be read on .*same path on every machine/),
    });
  });

  it('says that the module has no such class', async () => {
    const path = write('other.mjs', 'export const Answer = 42;');
    expect(await load(path, 'Answer')).toMatchObject({
      code: 'RAY_INVALID_ARGUMENT',
      message: expect.stringMatching(/has no class or function Answer\. Declare it with ray\.remote\(Answer\)/),
    });
  });
});
