/** Makes named, detached placement groups, waits for them, and removes most of them; the others are to be there at the end. */
import type { PlacementGroupId } from '../../../src/core/index.js';
import { openGroups, type Strategy } from './groups-of-head.js';
import { runLoad } from './run-load.js';

const NUM_LINES = 2;
const PAUSE_MS = 100;
/** So long a group may wait for its bundles before it is removed all the same. */
const READY_MS = 3_000;
/** Of each line; every fifth group until there are so many. */
const MAX_KEPT = 3;
const STRATEGIES: readonly Strategy[] = ['PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD'];

runLoad(async ({ log, jobId, repeat }) => {
  const groups = openGroups(jobId);
  const lines = Array.from({ length: NUM_LINES }, (_, line) =>
    repeat(PAUSE_MS, async (count) => {
      const name = `group-${line}-${count}`;
      let id: PlacementGroupId | undefined;
      await log.attempt({ work: 'create-group', id: name }, async () => {
        id = await groups.create(name, STRATEGIES[count % STRATEGIES.length]!);
      });
      if (id === undefined) return;
      const made = id;
      await groups.wait(made, READY_MS).catch(() => undefined); // whether it is there is judged in the end
      const isKept = count % 5 === 4 && count < 5 * MAX_KEPT;
      if (!isKept) await log.attempt({ work: 'remove-group', id: name }, () => groups.remove(made));
    }),
  );
  await Promise.all(lines);
  groups.close();
});
