import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { list } from 'tar';
import { InvalidArgumentError } from '../../../../../src/core/index.js';
import { packWorkingDir } from '../../../../../src/runtime/runtime-env/pack-working-dir.js';

describe('packWorkingDir', () => {
  let folder: string;
  let archive: string;

  beforeEach(() => {
    const base = mkdtempSync(join(tmpdir(), 'ray-ts-pack-'));
    folder = join(base, 'program');
    archive = join(base, 'packed.tar.gz');
    mkdirSync(folder);
  });
  afterEach(() => rmSync(dirname(folder), { recursive: true, force: true }));

  function write(path: string, text = path): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  async function packed(excludes?: readonly string[]): Promise<string[]> {
    const { bytes } = await packWorkingDir(folder, excludes);
    writeFileSync(archive, bytes);
    const paths: string[] = [];
    await list({
      file: archive,
      onReadEntry: ({ path, type }) => paths.push(`${path}${type === 'File' ? '' : ` ${type}`}`),
    });
    return paths;
  }

  it('packs the files in order, hidden ones and odd names too', async () => {
    for (const path of ['b.ts', 'a/c.ts', '.env', '@x', 'ä ö.txt']) write(path);
    expect(await packed()).toEqual(['./.env', './@x', './a/c.ts', './b.ts', './ä ö.txt']);
  });

  it('gives the same bytes for the same files, whenever they were written', async () => {
    write('a.ts');
    write('b/c.ts');
    const { sha256 } = await packWorkingDir(folder);
    utimesSync(join(folder, 'a.ts'), 1, 1);
    expect((await packWorkingDir(folder)).sha256).toBe(sha256);
    write('a.ts', 'another');
    expect((await packWorkingDir(folder)).sha256).not.toBe(sha256);
  });

  it('leaves out .git, node_modules, and what a .gitignore on the way or the excludes name', async () => {
    for (const path of ['main.ts', '.git/HEAD', 'node_modules/x/i.js', 'sub/node_modules/y.js', 'dist/out.js'])
      write(path);
    for (const path of ['sub/data.bin', 'sub/deep/data.bin', 'data.bin', 'keep.log', 'drop.log', 'big/1']) write(path);
    write('.gitignore', 'dist/\n*.log\n!keep.log\n');
    write('sub/.gitignore', 'data.bin\n');
    expect(await packed(['/big'])).toEqual([
      './.gitignore',
      './data.bin',
      './keep.log',
      './main.ts',
      './sub/.gitignore',
    ]);
  });

  it('sends what the excludes take back, whatever a .gitignore says', async () => {
    write('.gitignore', 'node_modules\n*.log\n');
    write('node_modules/x/index.js');
    write('node_modules/x/y/z.js');
    write('main.log');
    expect(await packed(['!node_modules', '.gitignore'])).toEqual([
      './node_modules/x/index.js',
      './node_modules/x/y/z.js',
    ]);
  });

  it('packs links that stay inside as links, and two names of a file as two files', async () => {
    write('a.ts');
    symlinkSync('a.ts', join(folder, 'b.ts'));
    linkSync(join(folder, 'a.ts'), join(folder, 'c.ts'));
    expect(await packed()).toEqual(['./a.ts', './b.ts SymbolicLink', './c.ts']);
  });

  it('refuses a link that leads out of the folder, naming it, unless it is excluded', async () => {
    write('a.ts');
    symlinkSync('../elsewhere', join(folder, 'out'));
    await expect(packed()).rejects.toThrow(InvalidArgumentError);
    await expect(packed()).rejects.toThrow('program/out leads out of the folder, to ../elsewhere');
    expect(await packed(['out'])).toEqual(['./a.ts']);
  });

  it('refuses a folder that is too large, naming what is largest in it', async () => {
    write('main.ts');
    write('data/weights/model.bin', 'x'.repeat(101 * 1024 * 1024));
    await expect(packed()).rejects.toThrow(
      /holds 101\.0 MiB, and at most 100\.0 MiB.*data\/weights \(101\.0 MiB\), main\.ts/s,
    );
    expect(await packed(['data'])).toEqual(['./main.ts']);
  });

  it.each([
    ['is not there', () => rmSync(folder, { recursive: true })],
    ['holds nothing', () => undefined],
  ])('refuses a folder that %s', async (_what, prepare) => {
    prepare();
    await expect(packed()).rejects.toThrow(InvalidArgumentError);
  });
});
