import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { attachRingReader, attachRingWriter, createRing, removeRing } from '../../../../src/channel/index.js';
import { forkRingPeer, killRingPeers } from '../../../support/fork-ring-peer.js';
import { nthFrame } from '../../../support/nth-frame.js';
import { uniqueSharedMemoryPath } from '../../../support/shared-memory-path.js';

const NUM_FRAMES = 100_000;

let path: string;

beforeEach(() => {
  path = uniqueSharedMemoryPath();
  createRing(path, { capacityBytes: 16_384 });
});

afterEach(() => {
  killRingPeers();
  removeRing(path);
});

describe('a ring between two processes', () => {
  it('carries 100,000 frames in order and unchanged', async () => {
    const reader = await forkRingPeer('read', { path, numFrames: NUM_FRAMES });
    const writer = attachRingWriter(path);
    for (let n = 1; n <= NUM_FRAMES; n++) writer.write(nthFrame(n));
    writer.close();
    expect(await reader.answer).toEqual({ numWrong: 0, end: 'RAY_CHANNEL_CLOSED' });
  });

  it('loses nothing when the reader is slow', async () => {
    const reader = await forkRingPeer('read', { path, numFrames: 2000, pauseEvery: 20 });
    const writer = attachRingWriter(path);
    for (let n = 1; n <= 2000; n++) writer.write(nthFrame(n));
    writer.close();
    expect(await reader.answer).toEqual({ numWrong: 0, end: 'RAY_CHANNEL_CLOSED' });
  });

  it('loses nothing when neither end spins', async () => {
    const writer = await forkRingPeer('write', { path, numFrames: 20_000 });
    const reader = attachRingReader(path, { spinMicroseconds: 0 });
    for (let n = 1; n <= 20_000; n++) {
      const frame = reader.read()!;
      if (frame.sequence !== n || frame.tag !== nthFrame(n).tag)
        throw new Error(`Frame ${n} is frame ${frame.sequence}`);
    }
    reader.close();
    expect(await writer.answer).toEqual({ end: null });
  });
});

describe('when the reader is killed', () => {
  it('the waiting writer goes on waiting until its wait is aborted', async () => {
    const abortFile = `${path}.abort`;
    const reader = await forkRingPeer('idle', { path });
    const writer = await forkRingPeer('write', { path, numFrames: NUM_FRAMES, abortFile });
    const isGone = once(reader.process, 'exit');
    reader.process.kill('SIGKILL');
    await isGone;
    writeFileSync(abortFile, '');
    expect(await writer.answer).toEqual({ end: 'RAY_CHANNEL_CLOSED' });
    rmSync(abortFile);
  });
});

describe('a sleeping end', () => {
  it('is woken when the writer closes', async () => {
    const writer = attachRingWriter(path);
    const reader = await forkRingPeer('read', { path, numFrames: 0 });
    writer.close();
    expect(await reader.answer).toEqual({ numWrong: 0, end: 'RAY_CHANNEL_CLOSED' });
  });

  it('is woken when the reader closes', async () => {
    const reader = attachRingReader(path);
    const writer = await forkRingPeer('write', { path, numFrames: NUM_FRAMES });
    reader.close();
    expect(await writer.answer).toEqual({ end: 'RAY_CHANNEL_CLOSED' });
  });

  it('uses no CPU', async () => {
    const reader = await forkRingPeer('idle', { path });
    const { cpuMs } = await reader.answer;
    expect(cpuMs).toBeLessThan(100);
  });
});
