/**
 * Makes the lease last from now on, by the server's clock. An expired lease that nobody took is renewed too.
 *
 * KEYS[1]  hash: the lease
 * ARGV[1]  epoch
 * ARGV[2]  time to live, in milliseconds
 * Returns  1, or 0 when the lease is another epoch's or was released
 * States   HELD -> HELD
 */
export const renewLeaseScript = `
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'state')
if lease[1] ~= ARGV[1] or lease[2] ~= 'HELD' then return 0 end
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'expiresAtMs', string.format('%.0f', nowMs + ARGV[2]))
return 1
`;
