import { InvalidArgumentError } from '../../../../src/core/index.js';
import { acceleratorType } from '../../../../worker/agent/accelerator-type.js';
import { nodeLabels } from '../../../../worker/agent/node-labels.js';

describe('nodeLabels', () => {
  it('has the id of the node, the type of its GPUs, and what it was started with', () => {
    expect(nodeLabels('n1', { zone: 'a', 'example.com/disk': '' }, ['NVIDIA H100 80GB HBM3'])).toEqual({
      'ray.io/node-id': 'n1',
      'ray.io/accelerator-type': 'H100',
      zone: 'a',
      'example.com/disk': '',
    });
    expect(nodeLabels('n1', {}, [])).toEqual({ 'ray.io/node-id': 'n1' });
  });

  it("believes the operator about the type of the node's GPUs", () => {
    const given = { 'ray.io/accelerator-type': 'my-gpu', 'ray.io/region': 'eu' };
    expect(nodeLabels('n1', given, ['NVIDIA H100'])).toMatchObject(given);
  });

  it.each([
    [{ 'ray.io/node-id': 'x' }],
    [{ 'ray.io/mine': 'x' }],
    [{ '-a': 'x' }],
    [{ 'a/b/c': 'x' }],
    [{ 'Up/a': 'x' }],
    [{ a: 'has space' }],
    [{ a: 'x'.repeat(64) }],
    [{ '': 'x' }],
  ])('refuses %o', (given) => {
    expect(() => nodeLabels('n1', given, [])).toThrow(InvalidArgumentError);
  });
});

describe('acceleratorType', () => {
  it.each([
    ['NVIDIA H200', 'H200'],
    ['NVIDIA H100 80GB HBM3', 'H100'],
    ['NVIDIA A100-SXM4-80GB', 'A100'],
    ['Tesla V100-SXM2-16GB', 'V100'],
    ['NVIDIA L4', 'L4'],
    ['NVIDIA GeForce RTX 5090', 'GeForce-RTX-5090'],
    ['NVIDIA RTX PRO 6000 Blackwell', 'RTX-PRO-6000-Blackwell'],
  ])('of %s is %s', (name, type) => {
    expect(acceleratorType(name)).toBe(type);
  });
});
