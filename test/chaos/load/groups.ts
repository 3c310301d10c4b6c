/** Makes named, detached placement groups, waits for them, and removes most of them; the others are to be there at the end. */
import * as ray from 'ray-ts';
import { runLoad } from './run-load.js';

const NUM_LINES = 2;
const PAUSE_MS = 100;
/** So long a group may wait for its bundles before it is removed all the same. */
const READY_MS = 3_000;
/** Of each line. */
const MAX_KEPT = 3;
const STRATEGIES = ['PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD'] as const;

runLoad(async ({ log, repeat }) => {
  const lines = Array.from({ length: NUM_LINES }, (_, line) => {
    let numKept = 0;
    return repeat(PAUSE_MS, async (count) => {
      const name = `group-${line}-${count}`;
      const strategy = STRATEGIES[count % STRATEGIES.length]!;
      let group: ray.PlacementGroup | undefined;
      await log.attempt({ work: 'create-group', id: name }, async () => {
        const bundles = [{ CPU: 0.5 }, { CPU: 0.5 }];
        group = await ray.placementGroup(bundles, { name, strategy, lifetime: 'detached', waitForNodes: true });
      });
      if (group === undefined) return;
      await group.wait(READY_MS);
      if (numKept < MAX_KEPT && count % 5 === 4) numKept++;
      else await log.attempt({ work: 'remove-group', id: name }, () => ray.removePlacementGroup(group!));
    });
  });
  await Promise.all(lines);
});
