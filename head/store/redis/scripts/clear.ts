import { checkEpoch } from './check-epoch.js';

/**
 * Deletes all tables of the cluster, under the writer's epoch. The lease stays, so that epochs go on increasing.
 *
 * KEYS[1]    hash: the lease
 * KEYS[2..]  hashes: the tables
 * ARGV[1]    epoch
 * ARGV[2]    sequence
 * ARGV[3]    sequence of the last write that was acknowledged
 * Returns    APPLIED, or what checkEpoch returns, with nothing deleted
 */
export const clearScript = `
${checkEpoch}
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 'APPLIED'
`;
