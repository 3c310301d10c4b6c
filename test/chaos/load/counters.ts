/**
 * Calls named, detached actors, whose method leaves a line with the call's id in a file before it returns. Half of the
 * actors promise that no call runs twice, half that every call runs.
 */
import { appendFileSync } from 'node:fs';
import * as ray from 'ray-ts';
import { type Load, runLoad } from './run-load.js';

const NUM_ACTORS = 3;
const CALLS_IN_FLIGHT = 2;
const PAUSE_MS = 25;

class Counter {
  /** One write that appends: whoever reads the file finds the whole line, or none. */
  add(path: string, id: string): void {
    appendFileSync(path, `${id}\n`);
  }
}
const RemoteCounter = ray.remote(Counter, { numCpus: 0.25, lifetime: 'detached', maxRestarts: -1 });

runLoad(async (load) => {
  const loops = (['at-most-once', 'at-least-once'] as const).flatMap((work) =>
    Array.from({ length: NUM_ACTORS }, (_, index) => callOn(load, work, `${work}-${index}`)),
  );
  await Promise.all(loops.flat());
});

function callOn(load: Load, work: 'at-most-once' | 'at-least-once', name: string): Promise<void>[] {
  const maxTaskRetries = work === 'at-most-once' ? 0 : -1;
  const counter = RemoteCounter.options({ name, maxTaskRetries }).remote();
  const effects = `${load.directory}/${name}.effects`;
  return Array.from({ length: CALLS_IN_FLIGHT }, (_, line) =>
    load.repeat(PAUSE_MS, async (count) => {
      const id = `${name}/${line}/${count}`;
      await load.log.attempt({ work, id }, () => ray.get(counter.add.remote(effects, id)));
    }),
  );
}
