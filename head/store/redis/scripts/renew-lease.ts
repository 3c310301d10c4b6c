import { nowMs } from './now-ms.js';

/**
 * Makes the lease last from now on, by the server's clock. An expired lease that nobody took is renewed too.
 *
 * KEYS[1]  hash: the lease
 * ARGV[1]  epoch
 * ARGV[2]  time to live, in milliseconds
 * ARGV[3]  sequence of the last write of this epoch that was acknowledged
 * Returns  1, or 0 when the lease is another epoch's or was released, or that write is lost
 * States   HELD -> HELD
 */
export const renewLeaseScript = `
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'sequence')
if lease[1] ~= ARGV[1] or lease[2] ~= 'HELD' or tonumber(lease[3]) < tonumber(ARGV[3]) then return 0 end
${nowMs}
redis.call('HSET', KEYS[1], 'expiresAtMs', string.format('%.0f', nowMs + ARGV[2]))
return 1
`;
