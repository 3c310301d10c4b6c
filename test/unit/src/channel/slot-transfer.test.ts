import type { RingReader, RingWriter } from '../../../../src/channel/index.js';
import { PIECE_BYTES, slotRingBytes, transferSlots } from '../../../../src/channel/slot-transfer.js';

type SentFrame = Parameters<RingWriter['write']>[0];

/** A link to itself that tells what is done in which order: w for a piece written, r for one read. */
function createLoop(tagOnTheWay?: number) {
  const frames: SentFrame[] = [];
  const steps: string[] = [];
  let mostUnread = 0;
  const writer: RingWriter = {
    write(frame) {
      frames.push({ ...frame, tag: tagOnTheWay ?? frame.tag, payload: frame.payload.slice() });
      steps.push('w');
      mostUnread = Math.max(mostUnread, frames.length);
    },
    close: () => undefined,
  };
  const reader: RingReader = {
    read() {
      steps.push('r');
      return { ...frames.shift()!, sequence: steps.length };
    },
    close: () => undefined,
  };
  return { writer, reader, order: () => steps.join(''), mostUnread: () => mostUnread };
}

function transfer(numBytes: number, loop = createLoop()) {
  const sent = new Uint8Array(numBytes).map((_, index) => (index * 31) % 251);
  const received = new Uint8Array(numBytes);
  transferSlots([{ ring: loop.writer, bytes: sent }], [{ ring: loop.reader, bytes: received }], numBytes, 1, {});
  return { sent, received, loop };
}

describe('transferSlots', () => {
  it.each([4, PIECE_BYTES, 3 * PIECE_BYTES + 4, 20 * PIECE_BYTES + 4])('brings all of %p bytes over', (numBytes) => {
    const { sent, received } = transfer(numBytes);
    expect(Buffer.compare(received, sent)).toBe(0);
  });

  it('writes a slot that fits the ring before it reads', () => {
    expect(transfer(3 * PIECE_BYTES).loop.order()).toBe('wwwrrr');
  });

  it('reads a piece for every one that it writes, when as many are on the way as the ring holds', () => {
    const { loop } = transfer(20 * PIECE_BYTES);
    expect(loop.order()).toBe(`${'w'.repeat(16)}${'rw'.repeat(4)}${'r'.repeat(16)}`);
    expect((loop.mostUnread() + 1) * PIECE_BYTES).toBeLessThan(slotRingBytes(20 * PIECE_BYTES));
  });

  it('sends nothing where nothing was written', () => {
    expect(transfer(0).loop.order()).toBe('');
  });

  it('refuses what belongs to another step', () => {
    expect(() => transfer(8, createLoop(2))).toThrow('the ranks are out of step');
  });
});
