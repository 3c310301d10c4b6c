import { checkEpoch } from './check-epoch.js';

/**
 * Applies a batch of mutations in order, under the writer's epoch.
 *
 * KEYS[1]    hash: the lease
 * KEYS[2..]  hashes: the tables, in the order of storeTables
 * ARGV[1]    epoch
 * ARGV[2]    sequence
 * ARGV[3]    sequence of the last write that was acknowledged
 * ARGV[4..]  per mutation: 'put', place of the table (1 is the first), id, record
 *                      or: 'delete', place of the table, id
 * Returns    APPLIED, or what checkEpoch returns, with nothing written
 */
export const commitScript = `
${checkEpoch}
local i = 4
while i <= #ARGV do
  local rows = KEYS[1 + tonumber(ARGV[i + 1])]
  if ARGV[i] == 'put' then
    redis.call('HSET', rows, ARGV[i + 2], ARGV[i + 3])
    i = i + 4
  else
    redis.call('HDEL', rows, ARGV[i + 2])
    i = i + 3
  end
end
return 'APPLIED'
`;
