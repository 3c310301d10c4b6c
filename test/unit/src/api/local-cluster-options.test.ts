import { localClusterOptions, requireNoLocalOptions } from '../../../../src/api/local-cluster-options.js';

describe('the options of a local cluster', () => {
  it('are those of its node, and nothing else', () => {
    const node = {
      numCpus: 2,
      numGpus: 0,
      resources: { disk: 1 },
      labels: { zone: 'a' },
      objectStoreMemory: 80_000_000,
    };
    expect(localClusterOptions({ ...node, namespace: 'n' } as never)).toEqual(node);
    expect(Object.keys(localClusterOptions({}))).toEqual([]);
  });

  it.each([
    [{ labels: 'zone=a' }, 'labels must be an object'],
    [{ labels: { zone: 1 } }, 'labels.zone must be a string, got 1'],
    [{ resources: [1] }, 'resources must be an object'],
    [{ objectStoreMemory: -1 }, 'objectStoreMemory must be a whole number of at least 1, got -1'],
    [{ objectStoreMemory: '1GB' }, 'objectStoreMemory must be a whole number'],
  ])('are refused when they make no sense: %j', (options, message) => {
    expect(() => localClusterOptions(options as never)).toThrow(message);
  });

  it('can not be given for a cluster that runs already', () => {
    expect(() => requireNoLocalOptions({ labels: {}, objectStoreMemory: 1e9 }, 'h:1')).toThrow(
      "labels, objectStoreMemory can't be set when connecting to an existing cluster (h:1)",
    );
    expect(() => requireNoLocalOptions({}, 'h:1')).not.toThrow();
  });
});
