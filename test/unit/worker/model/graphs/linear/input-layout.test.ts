import { layOutInputs } from '../../../../../../worker/model/graphs/linear/input-layout.js';

const consecutive = (length: number): Int32Array => Int32Array.from({ length }, (_, input) => input);

const groupsOf = (length: number, size: number, first = 0): number[] =>
  Array.from({ length }, (_, input) => Math.floor((first + input) / size));

describe('layOutInputs', () => {
  it.each([
    { length: 256, groupSize: 128, first: 0, blockSize: 128, groups: [0, 1] },
    { length: 256, groupSize: 256, first: 0, blockSize: 128, groups: [0, 0] },
    { length: 128, groupSize: 64, first: 0, blockSize: 64, groups: [0, 1] },
    { length: 96, groupSize: 48, first: 0, blockSize: 16, groups: [0, 0, 0, 1, 1, 1] },
    { length: 128, groupSize: 128, first: 64, blockSize: 64, groups: [0, 1] },
    { length: 40, groupSize: 128, first: 0, blockSize: 128, groups: [0] },
  ])('cuts $length inputs from input $first on in groups of $groupSize into blocks of $blockSize', (example) => {
    const { length, groupSize, first, blockSize, groups } = example;
    const layout = layOutInputs(consecutive(length), groupsOf(length, groupSize, first));
    expect(layout).toMatchObject({ blockSize, isPermuted: false });
    expect([...layout!.groups]).toEqual(groups);
  });

  it('fills the last block up', () => {
    const { order } = layOutInputs(consecutive(40), groupsOf(40, 32))!;
    expect(order).toHaveLength(64);
    expect([...order.subarray(38, 42)]).toEqual([38, 39, -1, -1]);
  });

  it('sorts inputs whose groups are not consecutive, and keeps the order within a group', () => {
    const groupOf = Array.from({ length: 32 }, (_, input) => input % 2);
    const layout = layOutInputs(consecutive(32), groupOf)!;
    expect(layout).toMatchObject({ blockSize: 16, isPermuted: true });
    expect([...layout.order]).toEqual([
      ...Array.from({ length: 16 }, (_, index) => 2 * index),
      ...Array.from({ length: 16 }, (_, index) => 2 * index + 1),
    ]);
    expect([...layout.groups]).toEqual([0, 1]);
  });

  it('keeps places without an input', () => {
    const inputs = Int32Array.from({ length: 32 }, (_, place) =>
      place % 16 < 12 ? Math.floor(place / 16) * 12 + (place % 16) : -1,
    );
    expect(layOutInputs(inputs, groupsOf(24, 12))).toMatchObject({ blockSize: 16, isPermuted: false });
  });

  it('has no layout for groups that end within 16 inputs', () => {
    expect(layOutInputs(consecutive(32), groupsOf(32, 32, 8))).toBeUndefined();
    const unequal = Array.from({ length: 32 }, (_, input) => (input % 3 === 0 ? 0 : 1));
    expect(layOutInputs(consecutive(32), unequal)).toBeUndefined();
  });

  it('has none for act-order with places without an input', () => {
    const inputs = Int32Array.from([...consecutive(31), -1]);
    expect(
      layOutInputs(
        inputs,
        Array.from({ length: 31 }, (_, input) => input % 2),
      ),
    ).toBeUndefined();
  });
});
