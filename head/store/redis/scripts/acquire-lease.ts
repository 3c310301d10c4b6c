import { nowMs } from './now-ms.js';

/**
 * Takes the lease under the next epoch, unless another holder's is live by the server's clock. Epochs are times, so that they
 * go on increasing on a server that came back without its last writes, or with none.
 *
 * KEYS[1]  hash: the lease
 * ARGV[1]  holder
 * ARGV[2]  time to live, in milliseconds
 * Returns  the new epoch, or 0 while another holder's lease is live
 * States   (none) | RELEASED | HELD and expired | HELD by the same holder -> HELD, a greater epoch, sequence 0
 */
export const acquireLeaseScript = `
${nowMs}
local lease = redis.call('HMGET', KEYS[1], 'holder', 'state', 'expiresAtMs', 'epoch')
if lease[2] == 'HELD' and lease[1] ~= ARGV[1] and nowMs < tonumber(lease[3]) then return 0 end
local epoch = math.max(tonumber(lease[4] or 0) + 1, nowMs)
redis.call('HSET', KEYS[1], 'epoch', string.format('%.0f', epoch), 'holder', ARGV[1], 'state', 'HELD', 'sequence', 0,
  'expiresAtMs', string.format('%.0f', nowMs + ARGV[2]))
return epoch
`;
