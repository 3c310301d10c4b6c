import fc from 'fast-check';
import type { TensorParallelLayout } from '../../../../src/channel/index.js';
import {
  groupBytes,
  logitsOffset,
  partialSumOffset,
  requireValidLayout,
} from '../../../../src/channel/tensor-parallel-layout.js';

const layouts = fc.record({
  size: fc.integer({ min: 1, max: 12 }),
  partialSumBytes: fc.nat({ max: 2 ** 32 - 1 }),
  logitsBytes: fc.nat({ max: 2 ** 32 - 1 }),
});

function slotsOf(layout: TensorParallelLayout): { start: number; end: number }[] {
  const ranks = Array.from({ length: layout.size }, (_, rank) => rank);
  const sums = ([0, 1] as const).flatMap((buffer) => ranks.map((rank) => partialSumOffset(layout, buffer, rank)));
  return [
    ...sums.map((start) => ({ start, end: start + layout.partialSumBytes })),
    ...ranks.map((rank) => logitsOffset(layout, rank)).map((start) => ({ start, end: start + layout.logitsBytes })),
  ];
}

describe('the layout of a tensor-parallel group', () => {
  it('gives every slot pages of its own inside the segment', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        let end = 1;
        for (const slot of slotsOf(layout)) {
          expect(slot.start % 4096).toBe(0);
          expect(slot.start).toBeGreaterThanOrEqual(end);
          end = slot.end;
        }
        expect(groupBytes(layout)).toBeGreaterThanOrEqual(end);
      }),
    );
  });

  it.each([
    { size: 0, partialSumBytes: 1, logitsBytes: 1 },
    { size: 2, partialSumBytes: -1, logitsBytes: 1 },
    { size: 2, partialSumBytes: 1, logitsBytes: 2 ** 32 },
    { size: 2, partialSumBytes: 0.5, logitsBytes: 1 },
  ])('is refused for %p', (layout) => {
    expect(() => requireValidLayout(layout)).toThrow(expect.objectContaining({ code: 'RAY_INVALID_ARGUMENT' }));
  });
});
