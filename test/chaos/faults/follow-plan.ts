import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../plan/fault.js';

/** Begins each fault at its time. Resolves when the last one is healed. */
export async function followPlan(faults: readonly Fault[], inject: (fault: Fault) => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await Promise.all(
    faults.map(async (fault) => {
      await sleep(Math.max(0, startMs + fault.atMs - performance.now()));
      await inject(fault);
    }),
  );
}
