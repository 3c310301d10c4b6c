import { Lab } from '../support/lab.js';

describe('generators of a driver', () => {
  let lab: Lab;
  let printed: Record<string, unknown>;
  beforeAll(async () => {
    lab = new Lab();
    const driver = lab.drive('generators');
    const exitCode = await driver.exited;
    if (exitCode !== 0) throw new Error(driver.stderr);
    printed = Object.assign({}, ...driver.lines);
  }, 120_000);
  afterAll(() => lab.close());

  it('give a thousand items in order, one at a time', () => {
    expect(printed['thousand']).toEqual({ length: 1_000, inOrder: true });
  });
  it('are no further ahead of their consumer than it allows', () => {
    expect(printed['backpressure']).toBe(2);
  });
  it('are ended when nobody takes items any more', () => {
    expect(printed['stopped']).toBe(2);
    expect(printed['left']).toBeLessThanOrEqual(5);
  });
  it('give the error that they threw in place of the next item, and then end', () => {
    expect(printed['errorAfterItems']).toMatchObject({
      items: [0, 1],
      error: { code: 'RAY_TASK_ERROR', details: { remoteMessage: 'nothing more' } },
      completed: { code: 'RAY_TASK_ERROR' },
      isFinished: true,
    });
  });
  it('begin anew when their process died, without giving an item twice', () => {
    expect(printed['replayed']).toEqual({ items: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], tries: 2 });
  });
  it('give large items, and those of the methods of actors', () => {
    expect(printed['large']).toEqual([0, 1, 2, 3, 4].map((n) => [200_000, n]));
    expect(printed['words']).toEqual(['a', 'b']);
  });
  it('are ready for wait when there is an item to take, or when they have ended', () => {
    expect(printed['waited']).toEqual({ before: 0, ready: true, taken: 1, ended: true, fromActor: true });
  });
  it('are ended when they are cancelled', () => {
    expect(printed['cancelled']).toMatchObject({ code: 'RAY_TASK_CANCELLED' });
  });
});
