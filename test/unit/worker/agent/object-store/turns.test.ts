import { Deferred } from '../../../../../src/core/index.js';
import { Turns } from '../../../../../worker/agent/object-store/turns.js';

describe('Turns', () => {
  it('runs so many at a time, the others in order, also after one that failed', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends = Array.from({ length: 4 }, () => new Deferred<void>());
    const runs = ends.map((end, index) =>
      turns.run(() => {
        begun.push(index);
        return end.promise;
      }),
    );
    expect(begun).toEqual([0, 1]);
    ends[1]!.reject(new Error('failed'));
    await expect(runs[1]).rejects.toThrow('failed');
    expect(begun).toEqual([0, 1, 2]);
    for (const end of ends) end.resolve();
    await Promise.allSettled(runs);
    expect(begun).toEqual([0, 1, 2, 3]);
  });
});
