import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fetchSnapshot } from '../../../../../src/llm/hub/fetch-snapshot.js';
import type { HubFileSet, HubModel } from '../../../../../src/llm/hub/hub-model.js';
import type { HubSettings } from '../../../../../src/llm/hub/hub-settings.js';
import { COMMIT, HubServer, refuse, sendContent } from '../../../../support/hub-server.js';

const REPO = 'some-org/tiny-model';
const WEIGHTS = randomBytes(300_000);
const FILES = {
  'config.json': Buffer.from('{"architectures": ["LlamaForCausalLM"]}'),
  'tokenizer.json': Buffer.from('{}'),
  'README.md': Buffer.from('# Tiny'),
  'pytorch_model.bin': randomBytes(100),
  'original/model.safetensors': randomBytes(100),
  'model.safetensors': WEIGHTS,
};

/** Waits until that much has been written. */
async function hasSize(path: string, numBytes: number): Promise<void> {
  while (!existsSync(path) || statSync(path).size < numBytes) await wait(5);
}

describe('fetching a model from a hub', () => {
  let cacheDir: string;
  let server: HubServer;
  let told: string;

  beforeEach(async () => {
    cacheDir = mkdtempSync(join(tmpdir(), 'ray-ts-hub-'));
    server = await HubServer.start(REPO, FILES);
    told = '';
  });
  afterEach(async () => {
    await server.close();
    rmSync(cacheDir, { recursive: true, force: true });
  });

  const folder = (...parts: string[]): string => join(cacheDir, 'models--some-org--tiny-model', ...parts);
  const modelOf = (changes: Partial<HubModel> = {}): HubModel => ({
    repoId: REPO,
    revision: 'main',
    endpoint: server.endpoint,
    downloadDir: undefined,
    ...changes,
  });
  const fetch = (changes: Partial<HubSettings> = {}, model = modelOf(), fileSet: HubFileSet = 'all') => {
    const base = {
      endpoint: server.endpoint,
      cacheDir,
      token: undefined,
      isOffline: false,
      showsProgress: true,
      proxyVariable: undefined,
    };
    const terminal = { write: (text: string) => (told += text) };
    return fetchSnapshot(model, { fileSet, settings: { ...base, ...changes }, terminal });
  };
  const weightsPath = (): string => folder('snapshots', COMMIT, 'model.safetensors');
  const incompletePath = (): string => folder('blobs', `${server.etagOf('model.safetensors')}.incomplete`);
  const leave = (content: Buffer): void => {
    mkdirSync(folder('blobs'), { recursive: true });
    writeFileSync(incompletePath(), content);
  };
  const fileRequests = () => server.seen.filter((request) => request.server === 'files');

  it("lays the files out as Python's huggingface_hub does", async () => {
    expect(await fetch()).toEqual({ commit: COMMIT, path: folder('snapshots', COMMIT) });
    expect(readFileSync(folder('refs/main'), 'utf8')).toBe(COMMIT);
    expect(readlinkSync(weightsPath())).toBe(`../../blobs/${server.etagOf('model.safetensors')}`);
    expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
    expect(lstatSync(folder('blobs', server.etagOf('config.json'))).isFile()).toBe(true);
    expect(existsSync(incompletePath())).toBe(false);
  });

  it('leaves out what the engine does not read', async () => {
    const { path } = await fetch();
    for (const name of ['README.md', 'pytorch_model.bin', 'original']) expect(existsSync(join(path, name))).toBe(false);
  });

  it('fetches nothing that is there', async () => {
    await fetch();
    server.seen.length = 0;
    await fetch();
    expect(server.seen.map(({ url }) => url)).toEqual([`/api/models/${REPO}/revision/main?blobs=true`]);
  });

  it('tells every tenth where there is no terminal', async () => {
    await fetch();
    expect(told).toMatch(/Downloading some-org\/tiny-model: 3\/3 files, 300\.0 kB of 300\.0 kB \(100%\)|\(100%\)/);
    expect(told).not.toContain('\r');
  });

  describe('with a token', () => {
    it('keeps it where the hub sends it on to another name', async () => {
      const renamed = `/api/models/old-org/tiny-model/`;
      server.fault = ({ url }, response) => {
        if (!url!.startsWith(renamed)) return false;
        response.writeHead(307, { location: url!.replace('old-org', 'some-org') });
        response.end();
        return true;
      };
      const model = modelOf({ repoId: 'old-org/tiny-model' });
      await expect(fetch({ token: 'hf_secret' }, model)).rejects.toThrow();
      expect(server.seen.slice(0, 2).map(({ authorization }) => authorization)).toEqual([
        'Bearer hf_secret',
        'Bearer hf_secret',
      ]);
    });

    it('sends it to the hub and to no other host', async () => {
      await fetch({ token: 'hf_secret' });
      const tokens = (name: string) =>
        server.seen.filter((seen) => seen.server === name).map((seen) => seen.authorization);
      expect(new Set(tokens('hub'))).toEqual(new Set(['Bearer hf_secret']));
      expect(new Set(tokens('files'))).toEqual(new Set([undefined]));
    });
  });

  describe('after a download that was stopped', () => {
    it('goes on where that ended', async () => {
      leave(WEIGHTS.subarray(0, 100_000));
      await fetch();
      expect(fileRequests().map(({ range }) => range)).toEqual([`bytes=100000-${WEIGHTS.length - 1}`]);
      expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
    });

    it('asks for nothing more when all had come', async () => {
      leave(WEIGHTS);
      await fetch();
      expect(fileRequests()).toEqual([]);
      expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
    });

    it('begins anew when what had come is not what the hub has', async () => {
      leave(randomBytes(100_000));
      await fetch();
      expect(fileRequests()).toHaveLength(2);
      expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
    });

    it('begins anew when more had come than the hub has', async () => {
      leave(randomBytes(WEIGHTS.length + 1));
      await fetch();
      expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
    });

    it('takes the whole file from a server without ranges', async () => {
      leave(WEIGHTS.subarray(0, 100_000));
      server.fileFault = (request, response) => {
        delete request.headers.range;
        sendContent(WEIGHTS, request, response);
        return true;
      };
      await fetch();
      expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
    });
  });

  describe('when the network fails', () => {
    it('goes on after an answer that broke off', async () => {
      server.fileFault = (_, response) => {
        if (fileRequests().length > 1) return false;
        response.writeHead(200, { 'content-length': WEIGHTS.length });
        response.write(WEIGHTS.subarray(0, 50_000));
        void hasSize(incompletePath(), 50_000).then(() => response.destroy());
        return true;
      };
      await fetch();
      expect(fileRequests()[1]!.range).toBe('bytes=50000-299999');
      expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
    });

    it('waits as long as a busy hub asks for', async () => {
      server.fault = (_, response) => {
        if (server.seen.length > 1) return false;
        response.writeHead(429, { 'retry-after': '0' });
        response.end();
        return true;
      };
      await fetch();
      expect(told).toContain('answered 429. Trying again in 0 s.');
    });

    it('takes what the cache has', async () => {
      const first = await fetch();
      server.fault = (_, response) => {
        response.writeHead(503);
        response.end();
        return true;
      };
      expect(await fetch()).toEqual(first);
      expect(told).toContain(`using what the cache has of ${REPO} at commit ${COMMIT}`);
    });
  });

  it('refuses content with another hash, and keeps nothing of it', async () => {
    server.fileFault = (request, response) => {
      sendContent(randomBytes(WEIGHTS.length), request, response);
      return true;
    };
    await expect(fetch()).rejects.toThrow('model.safetensors came 2 times with another content than the hub says');
    expect(existsSync(weightsPath())).toBe(false);
    expect(existsSync(incompletePath())).toBe(false);
  });

  it('downloads every file once when two ask at the same time', async () => {
    await Promise.all([fetch(), fetch()]);
    expect(fileRequests()).toHaveLength(1);
    expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
  });

  describe('offline', () => {
    it('finds what is in the cache, by branch and by commit', async () => {
      const found = await fetch();
      server.seen.length = 0;
      expect(await fetch({ isOffline: true })).toEqual(found);
      expect(await fetch({ isOffline: true }, modelOf({ revision: COMMIT }))).toEqual(found);
      expect(server.seen).toEqual([]);
    });

    it('says what is missing', async () => {
      await expect(fetch({ isOffline: true })).rejects.toThrow(
        `The model ${REPO} (revision main) is not, or not all, in the cache ${cacheDir}, and HF_HUB_OFFLINE`,
      );
    });

    it('does not take a model whose weights are missing', async () => {
      await fetch();
      rmSync(weightsPath());
      await expect(fetch({ isOffline: true })).rejects.toThrow('not all, in the cache');
    });
  });

  it('asks nothing about the weights of a commit that are there', async () => {
    const found = await fetch();
    server.seen.length = 0;
    expect(await fetch({}, modelOf({ revision: COMMIT }), 'weights')).toEqual(found);
    expect(server.seen).toEqual([]);
  });

  it('fetches what a snapshot lacks, and only that', async () => {
    await fetch();
    rmSync(join(folder('snapshots', COMMIT), 'tokenizer.json'));
    rmSync(folder('blobs', server.etagOf('tokenizer.json')));
    server.seen.length = 0;
    const { path } = await fetch();
    expect(readFileSync(join(path, 'tokenizer.json'), 'utf8')).toBe('{}');
    expect(server.seen).toHaveLength(2);
  });

  it('links a blob that another commit brought, without fetching it', async () => {
    await fetch();
    rmSync(folder('snapshots'), { recursive: true });
    server.seen.length = 0;
    await fetch();
    expect(readFileSync(weightsPath()).equals(WEIGHTS)).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('writes nothing to a cache that has all', async () => {
    await fetch();
    const times = () => ['', 'refs', 'blobs', `snapshots/${COMMIT}`].map((name) => statSync(folder(name)).mtimeMs);
    const before = times();
    await fetch();
    expect(times()).toEqual(before);
  });

  it('says of a cache that is no folder which it is', async () => {
    const path = join(cacheDir, 'file');
    writeFileSync(path, '');
    await expect(fetch({ cacheDir: path })).rejects.toThrow(`The cache ${path} can't be used: ENOTDIR`);
  });

  it('names a proxy that nobody uses when the hub does not answer', async () => {
    server.fault = (_, response) => {
      response.writeHead(503, { 'retry-after': '0' });
      response.end();
      return true;
    };
    await expect(fetch({ proxyVariable: 'HTTPS_PROXY' })).rejects.toThrow(
      /can't be fetched: .*HTTPS_PROXY is set, but Node\.js takes no notice of it/,
    );
    expect(server.seen).toHaveLength(5);
  });

  describe('refused by the hub', () => {
    it('takes what the cache has, and says why', async () => {
      const first = await fetch();
      server.fault = (_, response) => {
        refuse(response, 401, 'RepoNotFound');
        return true;
      };
      expect(await fetch({ token: 'hf_expired' })).toEqual(first);
      expect(told).toMatch(/answered 401 RepoNotFound.*; using what the cache has of some-org\/tiny-model at commit/);
    });

    it.each([
      ['a gated model', 403, 'GatedRepo', `is gated: .* Ask for access at .*/${REPO}, then set HF_TOKEN`],
      ['an unknown model', 404, 'RepoNotFound', 'no local folder of that name, and .* answered 404 RepoNotFound'],
      ['a private model', 401, 'RepoNotFound', 'If it is private, set HF_TOKEN'],
      ['a token without rights', 403, 'Forbidden', 'may not be read: .* answered 403'],
    ])('says of %s what helps', async (_, status, errorCode, message) => {
      server.fault = (__, response) => {
        refuse(response, status, errorCode);
        return true;
      };
      await expect(fetch()).rejects.toThrow(new RegExp(`The model ${REPO} \\(revision main\\) .*${message}`));
    });

    it('says of an unknown revision that it is the revision', async () => {
      await expect(fetch({}, modelOf({ revision: 'v9' }))).rejects.toThrow(
        /revision v9\) was not found: the repository has no such branch, tag or commit/,
      );
    });
  });

  it('refuses file names that leave the folder', async () => {
    await server.close();
    server = await HubServer.start(REPO, { ...FILES, '../../model.safetensors': randomBytes(10) });
    await expect(fetch()).rejects.toThrow('has a file named "../../model.safetensors", which would leave');
    expect(existsSync(folder())).toBe(false);
  });

  it('says of a model without safetensors what it has', async () => {
    await server.close();
    server = await HubServer.start(REPO, { 'config.json': FILES['config.json'], 'pytorch_model.bin': randomBytes(10) });
    await expect(fetch()).rejects.toThrow(
      /has no model\.safetensors and no .* on the hub \(it has pytorch_model\.bin\)/,
    );
  });
});
