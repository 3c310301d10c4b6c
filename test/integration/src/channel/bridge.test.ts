import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
  type AsyncRingReader,
  type AsyncRingWriter,
  attachAsyncRingReader,
  attachAsyncRingWriter,
  createRing,
  type FrameStream,
  pumpRingToStream,
  pumpStreamToRing,
  removeRing,
  type UnsentFrame,
} from '../../../../src/channel/index.js';
import { createMemoryStreamPair, createTcpStream } from '../../../support/frame-streams.js';
import { nthFrame } from '../../../support/nth-frame.js';
import { uniqueSharedMemoryPath } from '../../../support/shared-memory-path.js';

/** A ring, a stream, a ring: what a writer and a reader on two hosts see of it, and the pumps between. */
interface Route {
  readonly writer: AsyncRingWriter;
  readonly reader: AsyncRingReader;
  readonly sending: Promise<void>;
  readonly receiving: Promise<void>;
}

interface StreamPair {
  readonly streams: readonly [FrameStream, FrameStream];
  release(): Promise<void>;
}

const CAPACITY_BYTES = 1 << 20;
const channelClosed = expect.objectContaining({ code: 'RAY_CHANNEL_CLOSED' });
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function createTestRing(): string {
  const path = uniqueSharedMemoryPath();
  createRing(path, { capacityBytes: CAPACITY_BYTES });
  cleanups.push(() => removeRing(path));
  return path;
}

function bridgeOver([near, far]: readonly [FrameStream, FrameStream]): Route {
  const [nearRing, farRing] = [createTestRing(), createTestRing()];
  const writer = attachAsyncRingWriter(nearRing);
  const reader = attachAsyncRingReader(farRing);
  cleanups.push(
    () => writer.close(),
    () => reader.close(),
  );
  const sending = pumpRingToStream(attachAsyncRingReader(nearRing), near);
  const receiving = pumpStreamToRing(far, attachAsyncRingWriter(farRing));
  for (const pump of [sending, receiving]) pump.catch(() => undefined);
  return { writer, reader, sending, receiving };
}

async function createTcpPair(): Promise<StreamPair> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  return {
    streams: [createTcpStream(near), createTcpStream(far)],
    async release() {
      for (const socket of [near, far]) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const createMemoryPair = async (): Promise<StreamPair> => ({
  streams: createMemoryStreamPair(),
  release: async () => {},
});

async function sendFrames(writer: AsyncRingWriter, numFrames: number): Promise<void> {
  for (let n = 1; n <= numFrames; n++) await writer.write(nthFrame(n));
  writer.close();
}

async function expectFrames(reader: AsyncRingReader, numFrames: number): Promise<void> {
  for (let n = 1; n <= numFrames; n++) {
    const { sequence, tag, shape, payload } = await reader.read();
    const expected = nthFrame(n);
    const isSame = Buffer.from(payload).equals(expected.payload) && shape.join() === expected.shape.join();
    if (sequence !== n || tag !== expected.tag || !isSame) throw new Error(`Frame ${n} is not what was written`);
  }
  await expect(reader.read()).rejects.toEqual(channelClosed);
}

const largeFrame = (fill: number): UnsentFrame => {
  const payload = new Uint8Array(CAPACITY_BYTES - 64).fill(fill);
  return { tag: fill, dtype: 'bytes', shape: [payload.byteLength], payload };
};

describe.each([
  ['memory', createMemoryPair],
  ['a TCP connection', createTcpPair],
])('a bridge over %s', (_, createPair) => {
  let pair: StreamPair;

  beforeEach(async () => {
    pair = await createPair();
    cleanups.push(() => pair.release());
  });

  it('carries 20,000 frames in order, then the close', async () => {
    const { writer, reader, sending, receiving } = bridgeOver(pair.streams);
    await Promise.all([sendFrames(writer, 20_000), expectFrames(reader, 20_000)]);
    await expect(Promise.all([sending, receiving])).resolves.toBeDefined();
  });

  it('carries frames that fill the ring', async () => {
    const { writer, reader } = bridgeOver(pair.streams);
    const sent = (async () => {
      for (let n = 1; n <= 10; n++) await writer.write(largeFrame(n));
    })();
    for (let n = 1; n <= 10; n++) {
      const { tag, payload } = await reader.read();
      expect(tag).toBe(n);
      expect(payload.byteLength).toBe(CAPACITY_BYTES - 64);
      expect(payload.every((byte) => byte === n)).toBe(true);
    }
    await sent;
  });

  it('closes the writer’s ring when the reader closes its own', async () => {
    const { writer, reader, sending, receiving } = bridgeOver(pair.streams);
    reader.close();
    await writer.closed;
    await expect(receiving).rejects.toEqual(channelClosed);
    await expect(sending).rejects.toEqual(channelClosed);
  });

  it('closes both rings when the stream fails', async () => {
    const { writer, reader, sending, receiving } = bridgeOver(pair.streams);
    const cable = new Error('the cable was pulled');
    pair.streams[0].close(cable);
    await Promise.all([writer.closed, reader.closed]);
    await expect(sending).rejects.toMatchObject({ code: 'RAY_CHANNEL_CLOSED', cause: cable });
    await receiving.catch(() => undefined);
  });
});

describe('back-pressure', () => {
  it('reaches the writer when the far reader does not read', async () => {
    const { writer, reader } = bridgeOver(createMemoryStreamPair());
    let numWritten = 0;
    const sent = (async () => {
      for (let n = 1; n <= 40; n++) {
        await writer.write(largeFrame(n));
        numWritten = n;
      }
    })();
    await reader.read();
    await untilStill(() => numWritten);
    expect(numWritten).toBeLessThan(10);
    for (let n = 2; n <= 40; n++) expect((await reader.read()).tag).toBe(n);
    await sent;
  });
});

describe('damaged bytes from the other host', () => {
  it('end the bridge with their error as cause', async () => {
    const [near, far] = createMemoryStreamPair();
    const ring = createTestRing();
    const receiving = pumpStreamToRing(far, attachAsyncRingWriter(ring));
    await near.send(new Uint8Array(64).fill(255));
    await expect(receiving).rejects.toMatchObject({
      code: 'RAY_CHANNEL_CLOSED',
      cause: expect.objectContaining({ code: 'RAY_INVALID_ARGUMENT' }),
    });
    await expect(near.closed).resolves.toBeInstanceOf(Error);
  });
});

/** Lets the event loop turn until `value()` has not changed for 200 turns. */
async function untilStill(value: () => number): Promise<void> {
  for (let last = value(), turns = 0; turns < 200; turns++) {
    await new Promise(setImmediate);
    if (value() !== last) [last, turns] = [value(), 0];
  }
}
