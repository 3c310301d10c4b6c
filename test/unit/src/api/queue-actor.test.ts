import { QueueActor } from '../../../../src/api/queue-actor.js';

const NOW = 0;

describe('the actor of a queue', () => {
  it('gives items out in the order in which they were put', async () => {
    const queue = new QueueActor<number>(0);
    await queue.put([1, 2], NOW);
    await queue.put([3], NOW);
    expect(await queue.get(2, NOW)).toEqual({ kind: 'done', items: [1, 2] });
    expect(await queue.get(1, undefined)).toEqual({ kind: 'done', items: [3] });
  });

  it('puts and takes all of a batch or none', async () => {
    const queue = new QueueActor<number>(3);
    expect(await queue.put([1, 2], NOW)).toMatchObject({ kind: 'done' });
    expect(await queue.put([3, 4], NOW)).toEqual({ kind: 'full' });
    expect(await queue.get(3, NOW)).toEqual({ kind: 'empty' });
    expect(queue.size()).toBe(2);
  });

  it('refuses a batch that can never fit, however long its sender would wait', async () => {
    expect(await new QueueActor<number>(1).put([1, 2], undefined)).toEqual({ kind: 'full' });
  });

  it('serves those who wait in the order in which they came', async () => {
    const queue = new QueueActor<string>(1);
    const takers = [queue.get(1, undefined), queue.get(1, undefined)];
    const putters = ['a', 'b', 'c'].map((item) => queue.put([item], undefined));
    expect(await Promise.all(takers)).toEqual([
      { kind: 'done', items: ['a'] },
      { kind: 'done', items: ['b'] },
    ]);
    await Promise.all(putters);
    expect(await queue.get(1, NOW)).toEqual({ kind: 'done', items: ['c'] });
  });

  it('lets nobody overtake one who waits and whose turn has come', async () => {
    const queue = new QueueActor<number>(0);
    const patient = queue.get(1, undefined);
    const put = queue.put([1], NOW);
    const pushy = queue.get(1, NOW);
    await put;
    expect(await patient).toEqual({ kind: 'done', items: [1] });
    expect(await pushy).toEqual({ kind: 'empty' });
  });

  it('gives up waiting when the time is over', async () => {
    const queue = new QueueActor<number>(1);
    expect(await queue.get(1, 1)).toEqual({ kind: 'empty' });
    await queue.put([1], NOW);
    expect(await queue.put([2], 1)).toEqual({ kind: 'full' });
    expect(queue.size()).toBe(1);
  });
});
