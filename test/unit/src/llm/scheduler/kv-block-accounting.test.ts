import { blocksForTokens, KvBlockAccounting } from '../../../../../src/llm/scheduler/kv-block-accounting.js';

describe('KvBlockAccounting', () => {
  it('counts a begun block as a whole one', () => {
    expect([0, 1, 16, 17].map(blocksForTokens)).toEqual([0, 1, 1, 2]);
  });

  it('takes only the blocks that are missing', () => {
    const blocks = new KvBlockAccounting(4);
    expect(blocks.tryReserve('a', 10)).toBe(true);
    expect(blocks.tryReserve('a', 17)).toBe(true);
    expect(blocks.numFreeBlocks).toBe(2);
  });

  it('changes nothing when there is not enough', () => {
    const blocks = new KvBlockAccounting(2);
    blocks.tryReserve('a', 16);
    expect(blocks.tryReserve('b', 32)).toBe(false);
    expect([blocks.blocksOf('b'), blocks.numFreeBlocks]).toEqual([0, 1]);
  });

  it('gives all blocks of a request back once', () => {
    const blocks = new KvBlockAccounting(4);
    blocks.tryReserve('a', 40);
    blocks.release('a');
    blocks.release('a');
    expect(blocks.numFreeBlocks).toBe(4);
  });
});
