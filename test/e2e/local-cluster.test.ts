import { Lab } from '../support/lab.js';

describe('a local cluster of a driver', () => {
  let lab: Lab;
  let printed: Record<string, unknown>;
  beforeAll(async () => {
    lab = new Lab();
    const driver = lab.drive('local-cluster');
    const exitCode = await driver.exited;
    if (exitCode !== 0) throw new Error(driver.stderr);
    printed = Object.assign({}, ...driver.lines);
  }, 120_000);
  afterAll(() => lab.close());

  it('has the labels and the object store that its driver gives it', () => {
    expect(printed['node']).toEqual({
      zone: 'a',
      objectStoreBytes: 80_000_000,
      nodeName: '127.0.0.1',
      isStarted: true,
      endTimeMs: null,
    });
  });
  it('runs tasks that ask for its labels, and refuses those that ask for others', () => {
    expect(printed['selected']).toBe('done');
    expect(printed['elsewhere']).toMatchObject({ code: 'RAY_TASK_UNSCHEDULABLE' });
  });
  it('is not started with options that it can not have', () => {
    const refused = (text: string) => ({
      code: 'RAY_INVALID_ARGUMENT',
      message: expect.stringContaining(text),
    });
    expect(printed['badOptions']).toMatchObject([
      refused('labels.zone must be a string, got 1'),
      refused('labels: no label=a is no label'),
      refused('objectStoreMemory'),
      refused('objectStoreMemory must be a whole number'),
    ]);
  });
  it('has nothing to do with the options of a driver that connects to another cluster', () => {
    expect(printed['existing']).toMatchObject({
      code: 'RAY_INVALID_ARGUMENT',
      message: expect.stringMatching(/^labels, objectStoreMemory can't be set when connecting to an existing cluster/),
    });
  });
});
