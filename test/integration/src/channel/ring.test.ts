import fc from 'fast-check';
import {
  attachRingReader,
  attachRingWriter,
  createRing,
  type RingReader,
  type RingWriter,
  removeRing,
  type UnsentFrame,
} from '../../../../src/channel/index.js';
import { SharedMemory } from '../../../../src/channel/shared-memory.js';
import { uniqueSharedMemoryPath } from '../../../support/shared-memory-path.js';

const CAPACITY_BYTES = 1024;
const MAX_PAYLOAD_BYTES = CAPACITY_BYTES - 64;
const atOnce = { timeoutMs: 0 };

const bytesFrame = (payload: Uint8Array): UnsentFrame => ({ tag: 0, dtype: 'bytes', shape: [], payload });

/** False where the ring was full. */
function tryWrite(writer: RingWriter, frame: UnsentFrame): boolean {
  try {
    writer.write(frame, atOnce);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'RAY_DEADLINE_EXCEEDED' });
    return false;
  }
}

function withRing(use: (writer: RingWriter, reader: RingReader, path: string) => void): void {
  const path = uniqueSharedMemoryPath();
  createRing(path, { capacityBytes: CAPACITY_BYTES });
  const writer = attachRingWriter(path, { spinMicroseconds: 0 });
  const reader = attachRingReader(path, { spinMicroseconds: 0 });
  try {
    use(writer, reader, path);
  } finally {
    writer.close();
    reader.close();
    removeRing(path);
  }
}

describe('frames', () => {
  it('arrive in order and whole, whatever their sizes and however reads and writes alternate', () => {
    const write = fc.uint8Array({ maxLength: MAX_PAYLOAD_BYTES });
    const operations = fc.array(fc.oneof(write, fc.constant('read' as const)), { maxLength: 60 });
    fc.assert(
      fc.property(operations, (steps) => {
        withRing((writer, reader) => {
          const inFlight: Uint8Array[] = [];
          for (const step of steps) {
            if (step === 'read') expect(reader.read(atOnce)?.payload).toEqual(inFlight.shift());
            else if (tryWrite(writer, bytesFrame(step))) inFlight.push(step);
          }
          for (const payload of inFlight) expect(reader.read(atOnce)?.payload).toEqual(payload);
          expect(reader.read(atOnce)).toBeUndefined();
        });
      }),
    );
  });

  it('keep tag, dtype and shape, and are numbered from 1', () => {
    withRing((writer, reader) => {
      const payload = new Uint8Array(Float32Array.of(1, -2, 3, 4, 5, 6).buffer);
      writer.write({ tag: -5, dtype: 'float32', shape: [1, 2, 3, 1], payload });
      writer.write(bytesFrame(new Uint8Array(0)));
      expect(reader.read()).toEqual({ sequence: 1, tag: -5, dtype: 'float32', shape: [1, 2, 3, 1], payload });
      expect(reader.read()).toMatchObject({ sequence: 2, dtype: 'bytes', shape: [] });
    });
  });

  it('may be as large as the ring, wherever the frame before ended', () => {
    withRing((writer, reader) => {
      const largest = bytesFrame(new Uint8Array(MAX_PAYLOAD_BYTES).fill(9));
      writer.write(bytesFrame(new Uint8Array(100)));
      reader.read();
      expect(tryWrite(writer, largest)).toBe(false);
      expect(reader.read(atOnce)).toBeUndefined();
      expect(tryWrite(writer, largest)).toBe(true);
      expect(reader.read()?.payload).toEqual(largest.payload);
    });
  });

  it('are refused when they can never fit, naming both sizes', () => {
    withRing((writer) => {
      const tooLarge = bytesFrame(new Uint8Array(MAX_PAYLOAD_BYTES + 1));
      expect(() => writer.write(tooLarge)).toThrow(/1088 bytes \(payload 961\).*1024 bytes/);
    });
  });

  it('are read in place, aligned to 64 bytes, and not overwritten before the next read', () => {
    withRing((writer, reader) => {
      writer.write(bytesFrame(new Uint8Array(400).fill(1)));
      const { payload } = reader.read()!;
      expect(payload.byteOffset % 64).toBe(0);
      while (tryWrite(writer, bytesFrame(new Uint8Array(100).fill(2))));
      expect(payload.every((byte) => byte === 1)).toBe(true);
    });
  });
});

describe('a full ring', () => {
  it('takes exactly as many frames as the reader has freed', () => {
    withRing((writer, reader) => {
      const frame = bytesFrame(new Uint8Array(64));
      for (let i = 0; i < 8; i++) expect(tryWrite(writer, frame)).toBe(true);
      expect(tryWrite(writer, frame)).toBe(false);
      reader.read();
      expect(tryWrite(writer, frame)).toBe(false);
      reader.read();
      expect(tryWrite(writer, frame)).toBe(true);
      expect(tryWrite(writer, frame)).toBe(false);
    });
  });

  it('lets an abort end the wait', () => {
    withRing((writer) => {
      const frame = bytesFrame(new Uint8Array(MAX_PAYLOAD_BYTES));
      writer.write(frame);
      let questions = 0;
      expect(() => writer.write(frame, { isAborted: () => ++questions === 3 })).toThrow(
        expect.objectContaining({ code: 'RAY_CHANNEL_CLOSED' }),
      );
    });
  });
});

describe('closing', () => {
  it('by the writer leaves the frames written before', () => {
    withRing((writer, reader) => {
      writer.write(bytesFrame(Uint8Array.of(1)));
      writer.close();
      expect(reader.read()?.payload).toEqual(Uint8Array.of(1));
      expect(() => reader.read()).toThrow(/closed it and no frame is left/);
      expect(() => writer.write(bytesFrame(Uint8Array.of(1)))).toThrow('This end of ring');
    });
  });

  it('by the reader fails the next write', () => {
    withRing((writer, reader) => {
      reader.close();
      expect(() => writer.write(bytesFrame(Uint8Array.of(1)))).toThrow(/The reader of ring .* closed it/);
      expect(() => reader.read()).toThrow('This end of ring');
    });
  });
});

describe('attaching', () => {
  it('is refused to a second reader and a second writer', () => {
    withRing((_writer, _reader, path) => {
      expect(() => attachRingReader(path)).toThrow('already has its reader');
      expect(() => attachRingWriter(path)).toThrow('already has its writer');
    });
  });

  it('is refused to a ring that was removed, whose ends go on working', () => {
    withRing((writer, reader, path) => {
      removeRing(path);
      expect(() => attachRingReader(path)).toThrow(expect.objectContaining({ code: 'RAY_CHANNEL_CLOSED' }));
      writer.write(bytesFrame(Uint8Array.of(1)));
      expect(reader.read()?.payload).toEqual(Uint8Array.of(1));
    });
  });

  it('is refused to a segment that is no ring', () => {
    const path = uniqueSharedMemoryPath();
    SharedMemory.create(path, 4096);
    expect(() => attachRingReader(path)).toThrow('holds no ring');
    SharedMemory.remove(path);
  });
});
