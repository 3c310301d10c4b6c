import { graphKey } from '../../../../../worker/model/compilation/graph-key.js';

const graph = Uint8Array.of(1, 2, 3);
const identity = { ortVersion: '1.30.0', arch: 'x64', cpu: 'flags: avx2' };

describe("A graph's key", () => {
  it('is the same for the same graph and the same optimizer', () => {
    expect(graphKey(Uint8Array.from(graph), { ...identity })).toBe(graphKey(graph, identity));
    expect(graphKey(graph, identity)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([{ ortVersion: '1.31.0' }, { arch: 'arm64' }, { cpu: 'flags: avx512f' }])('changes with %j', (change) => {
    expect(graphKey(graph, { ...identity, ...change })).not.toBe(graphKey(graph, identity));
  });

  it('changes with a byte of the graph', () => {
    expect(graphKey(Uint8Array.of(1, 2, 4), identity)).not.toBe(graphKey(graph, identity));
  });
});
