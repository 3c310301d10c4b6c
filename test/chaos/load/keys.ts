/** Writes rising numbers to keys of the head's table, and reads each one back. */
import { openKeys } from './keys-of-head.js';
import { runLoad } from './run-load.js';

const NUM_KEYS = 4;
const PAUSE_MS = 50;

runLoad(async ({ log, repeat }) => {
  const keys = openKeys();
  const lines = Array.from({ length: NUM_KEYS }, (_, line) => {
    const key = `key-${line}`;
    return repeat(PAUSE_MS, async (count) => {
      const value = count + 1;
      await log.attempt({ work: 'put-key', id: `${key}/put/${value}`, key, value }, () => keys.put(key, value));
      await log.attempt({ work: 'get-key', id: `${key}/get/${value}`, key }, () => keys.get(key));
    });
  });
  await Promise.all(lines);
  keys.close();
});
