/**
 * Gives the lease up, so that any holder may acquire it at once. Its epoch stays and can write no more.
 *
 * KEYS[1]  hash: the lease
 * ARGV[1]  epoch
 * Returns  1, or 0 when the lease is another epoch's or was released before
 * States   HELD -> RELEASED
 */
export const releaseLeaseScript = `
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'state')
if lease[1] ~= ARGV[1] or lease[2] ~= 'HELD' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'RELEASED')
return 1
`;
