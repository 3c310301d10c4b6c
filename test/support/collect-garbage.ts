import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects what nothing refers to, and lets finalizers run. What the calling function has on its stack may stay. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await nextTurn();
    collect();
  }
  await nextTurn();
}
