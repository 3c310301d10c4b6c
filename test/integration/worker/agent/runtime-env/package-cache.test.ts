import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { RuntimeEnvSetupError, silentLogger } from '../../../../../src/core/index.js';
import { packWorkingDir } from '../../../../../src/runtime/runtime-env/pack-working-dir.js';
import { PackageCache } from '../../../../../worker/agent/runtime-env/package-cache.js';
import { eventually } from '../../../../support/lab.js';

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('the packages of a node', () => {
  let base: string;
  let program: string;
  let folder: string;
  let offered: Map<string, Buffer>;
  let downloads: string[];
  let nowMs: number;
  let cache: PackageCache;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'ray-ts-packages-'));
    program = join(base, 'program');
    folder = join(base, 'packages');
    mkdirSync(program);
    offered = new Map();
    downloads = [];
    nowMs = 0;
    cache = new PackageCache({
      folder,
      download: async (sha256, onChunk) => {
        downloads.push(sha256);
        const bytes = offered.get(sha256);
        if (!bytes) throw new Error('there is no such package');
        for (let start = 0; start < bytes.length; start += 100) onChunk(bytes.subarray(start, start + 100));
      },
      maxUnused: 1,
      logger: silentLogger,
      clock: { now: () => nowMs },
    });
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  /** Packs a program of one file, and offers it. */
  async function offer(text: string): Promise<string> {
    mkdirSync(join(program, 'lib'), { recursive: true });
    writeFileSync(join(program, 'lib/main.ts'), text);
    const { sha256, bytes } = await packWorkingDir(program);
    offered.set(sha256, bytes);
    return sha256;
  }

  async function offerArchive(entries: readonly string[], preservePaths = false): Promise<string> {
    const file = join(base, 'evil.tar.gz');
    await create({ file, cwd: program, gzip: true, preservePaths }, [...entries]);
    const bytes = readFileSync(file);
    offered.set(hashOf(bytes), bytes);
    return hashOf(bytes);
  }

  it('are unpacked once, however many ask at the same time', async () => {
    const sha256 = await offer('x');
    const folders = await Promise.all([cache.get(sha256), cache.get(sha256)]);
    expect(folders).toEqual([join(folder, sha256), join(folder, sha256)]);
    expect(readFileSync(join(folders[0]!, 'lib/main.ts'), 'utf8')).toBe('x');
    await cache.get(sha256);
    expect(downloads).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual([sha256, 'node_modules'].sort());
  });

  it('find the ray-ts of the node', async () => {
    const found = dirname(await cache.get(await offer('x')));
    expect(JSON.parse(readFileSync(join(found, 'node_modules/ray-ts/package.json'), 'utf8')).name).toBe('ray-ts');
  });

  it('keep links that stay inside', async () => {
    writeFileSync(join(program, 'a.ts'), 'a');
    symlinkSync('../a.ts', join(mkdirSync(join(program, 'deep'), { recursive: true })!, 'b.ts'));
    const found = await cache.get(await offer('x'));
    expect(readlinkSync(join(found, 'deep/b.ts'))).toBe('../a.ts');
    expect(readFileSync(join(found, 'deep/b.ts'), 'utf8')).toBe('a');
  });

  it('that the head does not have are an error, and asked for again the next time', async () => {
    const sha256 = hashOf(Buffer.from('nothing'));
    await expect(cache.get(sha256)).rejects.toThrow(RuntimeEnvSetupError);
    await expect(cache.get(sha256)).rejects.toThrow("can't be had from the head: there is no such package");
    expect(downloads).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that arrive damaged are refused', async () => {
    const sha256 = await offer('x');
    offered.set(sha256, Buffer.concat([offered.get(sha256)!, Buffer.from('!')]));
    await expect(cache.get(sha256)).rejects.toThrow('arrived damaged');
    expect(existsSync(join(folder, sha256))).toBe(false);
  });

  it('that are no archive are refused', async () => {
    const bytes = Buffer.from('no archive at all');
    offered.set(hashOf(bytes), bytes);
    await expect(cache.get(hashOf(bytes))).rejects.toThrow(RuntimeEnvSetupError);
  });

  it.each([
    ['a link out of the folder', 'link', '../../outside'],
    ['a link to an absolute path', 'link', '/etc/passwd'],
  ])('that hold %s are refused', async (_what, name, target) => {
    symlinkSync(target, join(program, name));
    await expect(cache.get(await offerArchive([name]))).rejects.toThrow('leads outside of the folder');
  });

  it('that hold a path out of the folder are refused', async () => {
    writeFileSync(join(base, 'outside'), 'x');
    await expect(cache.get(await offerArchive(['../outside'], true))).rejects.toThrow('lies outside of the folder');
    rmSync(join(base, 'outside'));
    expect(existsSync(join(base, 'outside'))).toBe(false);
  });

  it('are named by a hash and nothing else', async () => {
    await expect(cache.get('../../etc')).rejects.toThrow(RuntimeEnvSetupError);
    expect(downloads).toEqual([]);
  });

  it('go when nobody has used them for a while, but for the latest', async () => {
    const folders: string[] = [];
    for (const text of ['one', 'two', 'three']) folders.push(await cache.get(await offer(text)));
    const [one, two, three] = folders as [string, string, string];
    for (const each of folders) cache.retain(each);
    nowMs = 100_000;
    cache.release(one);
    cache.release(two);
    await eventually('the first is removed', () => (existsSync(one) ? undefined : true));
    expect([existsSync(two), existsSync(three)]).toEqual([true, true]);
  });
});
