/** A fragment that opens every script that needs the time: milliseconds since 1970, by the server's clock. */
export const nowMs = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
`;
