/**
 * Puts values and reads them later, lends refs to actors that keep them, hand them on and read them later, and reads results
 * of tasks, on its own and as arguments, long after they were made. The values tell whether they are right.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { collectGarbage } from '../../support/collect-garbage.js';
import { type BorrowerHandle, RemoteBorrower } from './borrower.js';
import { contentOf, requireContent, type Size, sizes } from './content.js';
import { NotDoneError } from './load-log.js';
import { type Load, runLoad } from './run-load.js';

const PAUSE_MS = 100;
const NUM_LINES = 6;
/** Long enough for most faults to come between the making of a value and its use. */
const LONGEST_REST_MS = 6_000;

const makeContent = ray.remote(contentOf, { numCpus: 0.25, maxRetries: -1 });

const rest = (): Promise<void> => sleep(LONGEST_REST_MS * Math.random());
const sizeOf = (count: number): Size => sizes[count % sizes.length]!;

runLoad(async (load) => {
  const [first, second] = [RemoteBorrower.remote(), RemoteBorrower.remote()];
  const lines = Array.from({ length: NUM_LINES }, (_, line) => [
    load.repeat(PAUSE_MS, (count) => readOwn(load, `own-${line}-${count}`, sizeOf(count), count)),
    load.repeat(PAUSE_MS, (count) => lend(load, first, second, `lent-${line}-${count}`, sizeOf(count), count)),
    load.repeat(PAUSE_MS, (count) => readResult(load, first, `result-${line}-${count}`, sizeOf(count), count)),
  ]);
  await Promise.all(lines.flat());
});

async function readOwn({ log }: Load, id: string, size: Size, seed: number): Promise<void> {
  let ref: ray.ObjectRef<Float64Array> | undefined;
  await log.attempt({ work: 'put-object', id, size }, async () => {
    ref = await ray.put(contentOf(size, seed));
  });
  if (ref === undefined) return;
  const made = ref;
  await rest();
  await log.attempt({ work: 'read-object', id, size }, async () => requireContent(await ray.get(made), size, seed));
}

/** The only refs that are left are those of the actors, first of one, then of the other. */
async function lend(
  { log }: Load,
  first: BorrowerHandle,
  second: BorrowerHandle,
  id: string,
  size: Size,
  seed: number,
): Promise<void> {
  const isLent = await log.attempt({ work: 'lend-object', id, size }, async () => {
    await ray.get(first.keep.remote(id, { ref: await ray.put(contentOf(size, seed)) }));
  });
  if (!isLent) return;
  await collectGarbage();
  await rest();
  const isHandedOn = await log.attempt({ work: 'hand-on-object', id, size }, async () =>
    requireKept(await ray.get(first.handTo.remote(second, id))),
  );
  await ray.get(first.forget.remote(id));
  if (!isHandedOn) return;
  await rest();
  await log.attempt({ work: 'read-lent-object', id, size }, async () =>
    requireKept(await ray.get(second.check.remote(id, size, seed))),
  );
  await ray.get(second.forget.remote(id));
}

/** As the driver reads it, and as the argument of a call. */
async function readResult({ log }: Load, actor: BorrowerHandle, id: string, size: Size, seed: number): Promise<void> {
  const ref = makeContent.remote(size, seed);
  await ray.wait([ref]);
  await rest();
  await log.attempt({ work: 'read-result', id, size }, async () => requireContent(await ray.get(ref), size, seed));
  await rest();
  await log.attempt({ work: 'read-argument', id, size }, () => ray.get(actor.checkArgument.remote(ref, size, seed)));
}

/** An actor that was started again since has nothing any more. */
function requireKept(isKept: boolean): void {
  if (!isKept) throw new NotDoneError('the actor has forgotten it');
}
