import { nowMs } from './now-ms.js';

/**
 * Takes the lease back for who held it under an epoch that this server has not seen: it lost its memory, or the last of it.
 *
 * KEYS[1]  hash: the lease
 * ARGV[1]  epoch that the caller held
 * ARGV[2]  holder
 * ARGV[3]  time to live, in milliseconds
 * Returns  the new epoch, or 0 when a lease was acquired after the caller's
 * States   (none) | any of that epoch or an earlier one -> HELD, a greater epoch, sequence 0
 */
export const reclaimLeaseScript = `
${nowMs}
local before = tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0)
if before > tonumber(ARGV[1]) then return 0 end
local epoch = math.max(tonumber(ARGV[1]) + 1, nowMs)
redis.call('HSET', KEYS[1], 'epoch', string.format('%.0f', epoch), 'holder', ARGV[2], 'state', 'HELD', 'sequence', 0,
  'expiresAtMs', string.format('%.0f', nowMs + ARGV[3]))
return epoch
`;
