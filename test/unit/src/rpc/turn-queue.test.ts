import { TurnQueue } from '../../../../src/rpc/turn-queue.js';

function collecting(): { queue: TurnQueue<string>; turns: string[][] } {
  const turns: string[][] = [];
  return { queue: new TurnQueue<string>((items) => turns.push([...items])), turns };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TurnQueue', () => {
  it('hands on together what a turn adds, and what its promises add', async () => {
    const { queue, turns } = collecting();
    queue.add('at once');
    void Promise.resolve()
      .then(() => undefined)
      .then(() => undefined)
      .then(() => queue.add('three promises later'));
    expect(turns).toEqual([]);
    await nextTurn();
    expect(turns).toEqual([['at once', 'three promises later']]);
  });

  it('hands on what two turns add in two parts', async () => {
    const { queue, turns } = collecting();
    queue.add('first');
    await nextTurn();
    queue.add('second');
    await nextTurn();
    expect(turns).toEqual([['first'], ['second']]);
  });

  it('hands on at once when asked to, and nothing twice', async () => {
    const { queue, turns } = collecting();
    queue.add('first');
    queue.flush();
    queue.flush();
    await nextTurn();
    expect(turns).toEqual([['first']]);
  });
});
