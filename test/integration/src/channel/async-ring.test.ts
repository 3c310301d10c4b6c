import {
  type AsyncRingReader,
  type AsyncRingWriter,
  attachAsyncRingReader,
  attachAsyncRingWriter,
  createRing,
  removeRing,
} from '../../../../src/channel/index.js';
import { forkRingPeer, killRingPeers } from '../../../support/fork-ring-peer.js';
import { nthFrame } from '../../../support/nth-frame.js';
import { uniqueSharedMemoryPath } from '../../../support/shared-memory-path.js';

const NUM_FRAMES = 20_000;

let path: string;
let ends: (AsyncRingReader | AsyncRingWriter)[];

beforeEach(() => {
  path = uniqueSharedMemoryPath();
  createRing(path, { capacityBytes: 16_384 });
  ends = [];
});

afterEach(() => {
  killRingPeers();
  for (const end of ends) end.close();
  removeRing(path);
});

function attachReader(): AsyncRingReader {
  const reader = attachAsyncRingReader(path);
  ends.push(reader);
  return reader;
}

function attachWriter(): AsyncRingWriter {
  const writer = attachAsyncRingWriter(path);
  ends.push(writer);
  return writer;
}

const channelClosed = expect.objectContaining({ code: 'RAY_CHANNEL_CLOSED' });

describe('between an event loop and a process that blocks', () => {
  it('an asynchronous reader gets every frame in order', async () => {
    const reader = attachReader();
    const writer = await forkRingPeer('write', { path, numFrames: NUM_FRAMES });
    for (let n = 1; n <= NUM_FRAMES; n++) {
      const { sequence, tag, payload } = await reader.read();
      const expected = nthFrame(n);
      if (sequence !== n || tag !== expected.tag || !Buffer.from(payload).equals(expected.payload)) {
        throw new Error(`Frame ${n} is not what was written`);
      }
    }
    await expect(reader.read()).rejects.toEqual(channelClosed);
    expect(await writer.answer).toEqual({ end: null });
  });

  it('an asynchronous writer waits for room and loses nothing', async () => {
    const writer = attachWriter();
    const reader = await forkRingPeer('read', { path, numFrames: NUM_FRAMES, pauseEvery: 200 });
    for (let n = 1; n <= NUM_FRAMES; n++) await writer.write(nthFrame(n));
    writer.close();
    expect(await reader.answer).toEqual({ numWrong: 0, end: 'RAY_CHANNEL_CLOSED' });
  });
});

describe('a pending call', () => {
  it('ends when its own end is closed', async () => {
    const reader = attachReader();
    const pending = reader.read();
    reader.close();
    await expect(pending).rejects.toEqual(channelClosed);
    await reader.closed;
  });

  it('ends when the other end is closed', async () => {
    const pending = attachReader().read();
    attachWriter().close();
    await expect(pending).rejects.toEqual(channelClosed);
  });

  it('refuses a second one beside it', async () => {
    const reader = attachReader();
    const pending = reader.read();
    await expect(reader.read()).rejects.toThrow('Await it');
    reader.close();
    await expect(pending).rejects.toEqual(channelClosed);
  });
});

describe('closed', () => {
  it('resolves at an idle writer when the reader closes', async () => {
    const writer = attachWriter();
    attachReader().close();
    await expect(writer.closed).resolves.toBeUndefined();
    await expect(writer.write(nthFrame(1))).rejects.toEqual(channelClosed);
  });

  it('resolves when the other end was closed before', async () => {
    attachWriter().close();
    await expect(attachReader().closed).resolves.toBeUndefined();
  });
});
