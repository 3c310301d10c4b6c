import { ExpertLoadWindow } from '../../../../../src/llm/eplb/expert-load-window.js';

describe('ExpertLoadWindow', () => {
  it('adds up the last steps and forgets those before', () => {
    const window = new ExpertLoadWindow(2, 3);
    const totals = [
      [1, 0, 5],
      [2, 7, 0],
      [0, 1, 1],
      [4, 0, 0],
    ].map((counts) => {
      window.record(Uint32Array.from(counts));
      return [...window.totals];
    });
    expect(totals).toEqual([
      [1, 0, 5],
      [3, 7, 5],
      [2, 8, 1],
      [4, 1, 1],
    ]);
  });

  it('keeps a copy of what it is given', () => {
    const window = new ExpertLoadWindow(1, 1);
    const counts = Uint32Array.of(3);
    window.record(counts);
    counts[0] = 9;
    window.record(counts);
    expect([...window.totals]).toEqual([9]);
  });
});
