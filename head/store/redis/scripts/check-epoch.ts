/**
 * A fragment that opens every script that writes rows: it ends the script unless the writer is the current one and the
 * write is in order.
 *
 * KEYS[1]  hash: the lease
 * ARGV[1]  epoch of the writer
 * ARGV[2]  sequence: counts the writes of this epoch, in the order of the calls
 * Returns  STALE_EPOCH  the lease is another epoch's, or was released
 *          SUPERSEDED   a later write of this epoch came first: this one was held up in a connection that broke
 * States   lease.sequence is that of the last write that took effect, 0 after an acquisition.
 */
export const checkEpoch = `
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'sequence')
if lease[1] ~= ARGV[1] or lease[2] ~= 'HELD' then return 'STALE_EPOCH' end
if tonumber(ARGV[2]) <= tonumber(lease[3]) then return 'SUPERSEDED' end
redis.call('HSET', KEYS[1], 'sequence', ARGV[2])
`;
