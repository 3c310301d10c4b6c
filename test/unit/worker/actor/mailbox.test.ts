import { Deferred } from '../../../../src/core/index.js';
import { Mailbox } from '../../../../worker/actor/mailbox.js';

const nextTurn = (): Promise<void> => new Promise(setImmediate);

/** Calls that run until the test lets them end. */
class Calls {
  readonly begun: number[] = [];
  readonly #ends: Deferred<void>[] = [];

  entry(n: number): () => Promise<void> {
    const end = new Deferred<void>();
    this.#ends[n] = end;
    return () => {
      this.begun.push(n);
      return end.promise;
    };
  }

  async end(n: number): Promise<void> {
    this.#ends[n]!.resolve();
    await nextTurn();
  }
}

describe('Mailbox', () => {
  let calls: Calls;

  beforeEach(() => {
    calls = new Calls();
  });

  it('runs one call after the other, in order of arrival', async () => {
    const mailbox = new Mailbox(1);
    for (const n of [0, 1, 2]) mailbox.post(calls.entry(n));
    expect(calls.begun).toEqual([0]);
    await calls.end(0);
    expect(calls.begun).toEqual([0, 1]);
    mailbox.post(calls.entry(3));
    await calls.end(1);
    await calls.end(2);
    expect(calls.begun).toEqual([0, 1, 2, 3]);
  });

  it('runs as many at once as it may, and begins the next when any of them ends', async () => {
    const mailbox = new Mailbox(2);
    for (const n of [0, 1, 2, 3]) mailbox.post(calls.entry(n));
    expect(calls.begun).toEqual([0, 1]);
    await calls.end(1);
    expect(calls.begun).toEqual([0, 1, 2]);
    await calls.end(0);
    expect(calls.begun).toEqual([0, 1, 2, 3]);
  });

  it('begins a call at once when nothing runs any more', async () => {
    const mailbox = new Mailbox(1);
    mailbox.post(calls.entry(0));
    await calls.end(0);
    mailbox.post(calls.entry(1));
    expect(calls.begun).toEqual([0, 1]);
  });
});
