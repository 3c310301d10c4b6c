import { createHash, randomBytes } from 'node:crypto';
import { MAX_PACKAGE_BYTES, PackageStore } from '../../../../head/packages/package-store.js';
import { serveDownload, serveUpload } from '../../../../head/packages/serve-packages.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { IllegalStateError, InvalidArgumentError } from '../../../../src/core/index.js';
import type {
  DownloadPackageRequest,
  DownloadPackageResponse,
  UploadPackageRequest,
  UploadPackageResponse,
} from '../../../../src/rpc/index.js';
import { FakeStream } from '../../../support/fake-stream.js';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('packages', () => {
  let store: MemoryHeadStore;
  let packages: PackageStore;
  beforeEach(async () => {
    store = new MemoryHeadStore();
    packages = new PackageStore(store, new StateJournal(store, (await store.acquireLease('test', 60_000))!));
  });

  async function upload(sha256: string, ...chunks: Uint8Array[]) {
    const stream = new FakeStream<UploadPackageRequest, UploadPackageResponse>();
    serveUpload(stream.asStream, packages);
    stream.deliver({ sha256, chunk: new Uint8Array(0), complete: false });
    for (const chunk of chunks) stream.deliver({ sha256: '', chunk, complete: false });
    stream.deliver({ sha256: '', chunk: new Uint8Array(0), complete: true });
    await new Promise<void>((resolve) => stream.onEnd(() => resolve()));
    return stream;
  }

  async function download(sha256: string) {
    const stream = new FakeStream<DownloadPackageRequest, DownloadPackageResponse>();
    serveDownload(stream.asStream, packages);
    stream.deliver({ sha256 });
    await new Promise<void>((resolve) => stream.onEnd(() => resolve()));
    return stream;
  }

  it('come back as they were uploaded', async () => {
    const bytes = randomBytes(2_500_000);
    const stream = await upload(hashOf(bytes), bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000));
    expect(stream.sent).toEqual([{ exists: false }, { stored: true }]);
    const { sent, closedWith } = await download(hashOf(bytes));
    expect(closedWith).toBeNull();
    expect(Buffer.concat(sent.map(({ chunk }) => chunk)).equals(bytes)).toBe(true);
    expect(await store.list('package-chunks')).toHaveLength(3);
  });

  it('need not be sent when they are there', async () => {
    const bytes = randomBytes(10);
    await packages.put(hashOf(bytes), bytes);
    expect((await upload(hashOf(bytes))).sent).toEqual([{ exists: true }]);
  });

  it('are refused when they are damaged, or named by no hash', async () => {
    const stream = await upload(hashOf(randomBytes(10)), randomBytes(10));
    expect(stream.closedWith).toBeInstanceOf(InvalidArgumentError);
    expect((await upload('../etc')).closedWith).toBeInstanceOf(InvalidArgumentError);
    expect(await store.list('packages')).toEqual([]);
  });

  it('are refused when they are too large, before all of them came', async () => {
    const quarter = new Uint8Array(MAX_PACKAGE_BYTES / 4);
    const stream = await upload(hashOf(quarter), quarter, quarter, quarter, quarter, Uint8Array.of(1));
    expect(String(stream.closedWith)).toMatch(/more than 100 MiB/);
  });

  it('that nobody uploaded are an error', async () => {
    expect((await download(hashOf(randomBytes(1)))).closedWith).toBeInstanceOf(IllegalStateError);
  });
});
