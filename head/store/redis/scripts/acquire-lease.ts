/**
 * Takes the lease under the next epoch, unless another holder's is live by the server's clock.
 *
 * KEYS[1]  hash: the lease
 * ARGV[1]  holder
 * ARGV[2]  time to live, in milliseconds
 * Returns  the new epoch, or 0 while another holder's lease is live
 * States   (none) | RELEASED | HELD and expired | HELD by the same holder -> HELD, epoch + 1, sequence 0
 */
export const acquireLeaseScript = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('HMGET', KEYS[1], 'holder', 'state', 'expiresAtMs')
if lease[2] == 'HELD' and lease[1] ~= ARGV[1] and nowMs < tonumber(lease[3]) then return 0 end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'state', 'HELD', 'sequence', 0,
  'expiresAtMs', string.format('%.0f', nowMs + ARGV[2]))
return epoch
`;
