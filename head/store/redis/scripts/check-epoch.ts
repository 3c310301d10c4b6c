/**
 * A fragment that opens every script that writes rows: it ends the script unless the writer is the current one, the write is
 * in order, and the server has all that it acknowledged to the writer.
 *
 * KEYS[1]  hash: the lease
 * ARGV[1]  epoch of the writer
 * ARGV[2]  sequence: counts the writes of this epoch, in the order of the calls
 * ARGV[3]  sequence of the last write of this epoch that was acknowledged
 * Returns  STALE_EPOCH  the lease is another epoch's, or was released
 *          SUPERSEDED   a later write of this epoch came first: this one was held up in a connection that broke
 *          LOST_WRITES  the server came back with an earlier state than it had
 * States   lease.sequence is that of the last write that took effect, 0 after an acquisition.
 */
export const checkEpoch = `
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'sequence')
if lease[1] ~= ARGV[1] or lease[2] ~= 'HELD' then return 'STALE_EPOCH' end
local sequence = tonumber(lease[3])
if sequence >= tonumber(ARGV[2]) then return 'SUPERSEDED' end
if sequence < tonumber(ARGV[3]) then return 'LOST_WRITES' end
redis.call('HSET', KEYS[1], 'sequence', ARGV[2])
`;
