import { createClusterRow, decodeClusterRow, requireSameCluster } from '../../../../head/recovery/cluster-row.js';
import { IllegalStateError, InvalidArgumentError } from '../../../../src/core/index.js';

const cluster = { clusterId: 'c1', version: '1.0.0', token: 'a-good-long-token' };

describe("the store's record of its cluster", () => {
  const row = createClusterRow(cluster, 5);
  it('does not hold the token', () => {
    expect(JSON.stringify(row)).not.toContain(cluster.token);
    expect(decodeClusterRow(Buffer.from(JSON.stringify(row)))).toEqual(row);
  });
  it('lets in a head with the same token, whatever id that had made up', () => {
    expect(() => requireSameCluster(row, { ...cluster, clusterId: 'c2' })).not.toThrow();
  });
  it('refuses a head with another token, and says what to do, without the token', () => {
    const refusal = () => requireSameCluster(row, { ...cluster, token: 'another-long-token' });
    expect(refusal).toThrow(InvalidArgumentError);
    expect(refusal).toThrow(/c1.*--token.*--cluster-name.*--new-cluster/);
    expect(refusal).not.toThrow(/another-long-token/);
  });
  it('refuses a head of another version', () => {
    expect(() => requireSameCluster(row, { ...cluster, version: '2.0.0' })).toThrow(/1\.0\.0 wrote it.*2\.0\.0/);
  });
  it('is called damaged when it is', () => {
    expect(() => decodeClusterRow(Buffer.from('{"clu'))).toThrow(IllegalStateError);
  });
});
