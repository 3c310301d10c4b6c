import { Lab } from '../support/lab.js';

const PATH = 'test/e2e/drivers/weighing-extension.ts';
const SIZES = { tensorParallelSize: 2, pipelineParallelSize: 2, workerExtensionCls: `${PATH}:WeighingExtension` };

describe('an extension of the workers', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  const drive = (args: object) => lab.drive('worker-extension', [JSON.stringify(args)]);

  it.each(['uni', 'mp', 'ray'])('adds its methods to the ranks of %s', async (distributedExecutorBackend) => {
    const driver = drive({ ...SIZES, distributedExecutorBackend });
    expect(await driver.line('answers')).toEqual({
      answers: [
        [3, 3, 3, 3],
        [5, 5, 5, 5],
      ],
    });
    expect(await driver.exited).toBe(0);
    const errors = driver.lines.flatMap(({ error }) => (error === undefined ? [] : [error]));
    expect(errors).toEqual([
      expect.stringContaining('rank 1 has no scales'),
      expect.stringContaining("Workers have no method 'numLayer'. Did you mean 'numLayers'?"),
    ]);
  });

  it.each([
    ['ClashingExtension', "already has an attribute 'describe', which conflicts with the worker extension class Clash"],
    ['NoExtension', 'exports no class NoExtension, which workerExtensionCls names'],
  ])('named %s is refused when the model is loaded', async (name, message) => {
    const args = { tensorParallelSize: 2, distributedExecutorBackend: 'mp', workerExtensionCls: `${PATH}:${name}` };
    const driver = drive(args);
    expect((await driver.line('error'))['error']).toContain(message);
    await driver.exited;
    expect(lab.processes()).toEqual([]);
  });
});
