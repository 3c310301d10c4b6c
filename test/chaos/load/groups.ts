/** Makes named, detached placement groups, waits for them, and removes most of them; the others are to be there at the end. */
import * as ray from 'ray-ts';
import { runLoad } from './run-load.js';

const NUM_LINES = 2;
const PAUSE_MS = 100;
const BUNDLES = [{ CPU: 0.5 }, { CPU: 0.5 }];
/** So long a group may wait for its bundles before it is removed all the same. */
const READY_MS = 3_000;
/** Of each line; every fifth group until there are so many. */
const MAX_KEPT = 3;
const STRATEGIES: readonly ray.PlacementStrategyName[] = ['PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD'];

runLoad(async ({ log, repeat }) => {
  const lines = Array.from({ length: NUM_LINES }, (_, line) =>
    repeat(PAUSE_MS, async (count) => {
      const name = `group-${line}-${count}`;
      const strategy = STRATEGIES[count % STRATEGIES.length]!;
      let group: ray.PlacementGroup | undefined;
      await log.attempt({ work: 'create-group', id: name }, async () => {
        // Nodes that are gone for the moment come back.
        group = await ray.placementGroup(BUNDLES, { name, strategy, lifetime: 'detached', waitForNodes: true });
      });
      if (group === undefined) return;
      const made = group;
      await made.wait(READY_MS).catch(() => undefined); // whether it is there is judged in the end
      const isKept = count % 5 === 4 && count < 5 * MAX_KEPT;
      if (!isKept) await log.attempt({ work: 'remove-group', id: name }, () => made.remove());
    }),
  );
  await Promise.all(lines);
});
