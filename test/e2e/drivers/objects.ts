/**
 * Lends, borrows and loses objects between actors on the nodes of the cluster. Argument: how many nodes. Prints one JSON line
 * per scenario, by the scenario's name.
 */
import * as ray from 'ray-ts';
import { collectGarbage } from '../../support/collect-garbage.js';
import { errorOf, print } from './error-of.js';

/** Of a Float64Array of 800 KB: it lies in object stores. */
const LARGE_LENGTH = 100_000;
const large = (fill: number): Float64Array => new Float64Array(LARGE_LENGTH).fill(fill);

type Lent = { readonly ref: ray.ObjectRef<Float64Array> };

async function sumOf(ref: ray.ObjectRef<Float64Array>): Promise<number> {
  return (await ray.get(ref)).reduce((total, value) => total + value, 0);
}

/** Keeps refs that it is lent, passes them on, and makes objects of its own. */
class Keeper {
  #kept: Lent | undefined;
  keep(lent: Lent): void {
    this.#kept = lent;
  }
  async pass(lent: Lent, to: ray.ActorHandle<Keeper>): Promise<void> {
    await ray.get(to.keep.remote(lent));
  }
  sum(): Promise<number> {
    return sumOf(this.#kept!.ref);
  }
  async make(fill: number): Promise<Lent> {
    return { ref: await ray.put(large(fill)) };
  }
}
const RemoteKeeper = ray.remote(Keeper, { numCpus: 0 });

const fillOf = ray.remote(function fillOf(fill: number) {
  return large(fill);
});

const several = ray.remote(
  function several(): [string, Float64Array, Lent | undefined] {
    return ['small', large(2), undefined];
  },
  { numReturns: 3 },
);

/** A keeper on every node, and two more beside the first. */
async function startKeepers(numNodes: number): Promise<ray.ActorHandle<Keeper>[]> {
  const bundles = Array.from({ length: numNodes }, () => ({ CPU: 0.1 }));
  const group = await ray.placementGroup(bundles, { strategy: 'STRICT_SPREAD' });
  await group.ready();
  return [...bundles.keys(), 0, 0].map((placementGroupBundleIndex) =>
    RemoteKeeper.options({ schedulingStrategy: { placementGroup: group, placementGroupBundleIndex } }).remote(),
  );
}

/** In a function of its own, so that nothing of it is left on the stack when garbage is collected. */
async function lend(make: () => Promise<ray.ObjectRef<Float64Array>>, to: (lent: Lent) => Promise<void>) {
  const ref = await make();
  await to({ ref });
  return new WeakRef(ref);
}

/** Whether the driver's ref was collected; the cluster has time to take notice. */
async function isCollected(ref: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < 20 && ref.deref() !== undefined; round++) await collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return ref.deref() === undefined;
}

async function borrowing(keepers: readonly ray.ActorHandle<Keeper>[]): Promise<void> {
  const [first, second] = [keepers[0]!, keepers[1]!];
  const put = await lend(
    () => ray.put(large(3)),
    (lent) => ray.get(second.keep.remote(lent)),
  );
  print('putLent', { collected: await isCollected(put), sum: await ray.get(second.sum.remote()) });
  const made = await lend(
    async () => fillOf.remote(5),
    (lent) => ray.get(second.keep.remote(lent)),
  );
  print('resultLent', { collected: await isCollected(made), sum: await ray.get(second.sum.remote()) });
  const passed = await lend(
    () => ray.put(large(7)),
    (lent) => ray.get(first.pass.remote(lent, second)),
  );
  await ray.kill(first);
  print('passedOn', { collected: await isCollected(passed), sum: await ray.get(second.sum.remote()) });
}

async function owners(keepers: readonly ray.ActorHandle<Keeper>[]): Promise<void> {
  const owner = keepers.at(-1)!;
  const { ref } = await ray.get(owner.make.remote(2));
  print('madeByActor', await sumOf(ref));
  const { ref: unread } = await ray.get(owner.make.remote(4));
  await ray.kill(owner);
  print('ownerDied', await errorOf(ray.get(unread)));
  print('argumentOfDeadOwner', await errorOf(ray.get(keepers[1]!.keep.remote(unread as never))));
}

async function freeing(keepers: readonly ray.ActorHandle<Keeper>[]): Promise<void> {
  const keeper = keepers[1]!;
  const ref = await ray.put(large(1));
  await ray.get(keeper.keep.remote({ ref }));
  ray.free([ref]);
  print('freed', { here: await errorOf(ray.get(ref)), borrower: await errorOf(ray.get(keeper.sum.remote())) });
}

ray.main(async () => {
  await ray.init();
  const keepers = await startKeepers(Number(process.argv[2]));
  await borrowing(keepers);
  await owners(keepers);
  await freeing(keepers);
  const [text, array, nothing] = several.remote();
  print('several', [await ray.get(text), await sumOf(array), (await ray.get(nothing)) === undefined]);
});
