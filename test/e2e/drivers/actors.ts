/** Uses the actor API on the cluster that it is given, or one of its own, and prints one JSON line per scenario, by the scenario's name. */
import { hostname } from 'node:os';
import * as ray from 'ray-ts';
import { RayError } from 'ray-ts';

async function currentGroup(): Promise<string> {
  const group = await ray.getCurrentPlacementGroup();
  return group ? `${group.id} of ${group.bundleCount}` : 'none';
}
const whereAmI = ray.remote(currentGroup);

class Counter {
  #total: number;
  constructor(start = 0) {
    if (start < 0) throw new RangeError(`a counter can't start at ${start}`);
    this.#total = start;
  }
  add(amount: number): number {
    this.#total += amount;
    return this.#total;
  }
  async addLater(amount: number, ms: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return this.add(amount);
  }
  fail(message: string): never {
    throw new TypeError(message);
  }
  sum(values: Float32Array): number {
    return values.reduce((total, value) => total + value, 0);
  }
  pid(): number {
    return process.pid;
  }
  gpus(): string {
    return `${hostname()} ${process.env['CUDA_VISIBLE_DEVICES']}`;
  }
  currentGroup(): Promise<string> {
    return currentGroup();
  }
  crash(): void {
    console.error('last words');
    process.exit(7);
  }
}
const RemoteCounter = ray.remote(Counter, { numCpus: 0.1 });

const print = (name: string, value: unknown): void => console.log(JSON.stringify({ [name]: value }));

async function errorOf(work: Promise<unknown>): Promise<object> {
  try {
    return { resolved: await work };
  } catch (error) {
    if (!(error instanceof RayError)) throw error;
    const { name, code, message, details } = error;
    return { name, code, message, details };
  }
}

async function calls(): Promise<void> {
  const counter = RemoteCounter.remote(10);
  const slow = counter.addLater.remote(1, 50);
  const [ready, rest] = await ray.wait([slow, counter.add.remote(1)], { numReturns: 2 });
  print('order', { sums: await ray.get(ready), rest: rest.length });
  print('refArgument', await ray.get(counter.add.remote(slow)));
  print('typedArray', await ray.get(counter.sum.remote(new Float32Array([1, 2, 3.5]))));
  print('taskError', await errorOf(ray.get(counter.fail.remote('no such thing'))));
  print('getTimeout', await errorOf(ray.get(counter.addLater.remote(1, 5_000), { timeoutMs: 20 })));
  print('otherProcess', (await ray.get(RemoteCounter.remote().pid.remote())) !== process.pid);
}

async function deaths(): Promise<void> {
  print('constructorFails', await errorOf(ray.get(RemoteCounter.remote(-1).add.remote(1))));
  const crashing = RemoteCounter.remote();
  print('crash', await errorOf(ray.get(crashing.crash.remote())));
  print('afterCrash', await errorOf(ray.get(crashing.add.remote(1))));
  const killed = RemoteCounter.remote();
  await ray.get(killed.add.remote(1));
  const pending = killed.addLater.remote(1, 60_000);
  await ray.kill(killed);
  print('killed', await errorOf(ray.get(pending)));
  print('unschedulable', await errorOf(ray.get(RemoteCounter.options({ numCpus: 1_000 }).remote().add.remote(1))));
}

async function placementGroups(): Promise<void> {
  print('infeasible', await errorOf(ray.placementGroup([{ GPU: 8 }, { CPU: 1 }])));
  print('noBundles', await errorOf(ray.placementGroup([])));
  const group = await ray.placementGroup([{ GPU: 1 }, { GPU: 1 }]);
  await group.ready();
  const inBundle = (index: number) =>
    RemoteCounter.options({
      numCpus: 0,
      numGpus: 0.5,
      schedulingStrategy: { placementGroup: group, placementGroupBundleIndex: index },
    }).remote();
  const gpus = await ray.get([0, 0, 1, 1].map((index) => inBundle(index).gpus.remote()));
  print('gpus', gpus);
  const inGroup = (captures: boolean) => ({
    numCpus: 0,
    schedulingStrategy: { placementGroup: group, placementGroupCaptureChildTasks: captures },
  });
  const located = RemoteCounter.options(inGroup(false)).remote();
  print('currentGroup', {
    driver: (await ray.getCurrentPlacementGroup()) === undefined,
    actor: (await ray.get(located.currentGroup.remote())) === `${group.id} of 2`,
    otherActor: await ray.get(RemoteCounter.options({ numCpus: 0 }).remote().currentGroup.remote()),
    task: (await ray.get(whereAmI.options(inGroup(true)).remote())) === `${group.id} of 2`,
    otherTask: await ray.get(whereAmI.options({ numCpus: 0 }).remote()),
  });
  await ray.kill(located);
  const waiting = await ray.placementGroup([{ GPU: 1 }]);
  print('waiting', { placed: await waiting.wait(7_000), reason: waiting.pendingReason });
  const victim = inBundle(0);
  const pending = victim.add.remote(1);
  await group.remove();
  print('placedAfterRemoval', await waiting.wait(5_000));
  print('removedGroup', await errorOf(ray.get(inBundle(0).add.remote(1))));
  print('removedReady', await errorOf(group.ready()));
  void pending;
}

ray.main(async () => {
  await ray.init(process.env['RAY_TS_ADDRESS'] ? {} : { address: 'local', numCpus: 2, numGpus: 2 });
  print('secondInit', await errorOf(ray.init()));
  await calls();
  await deaths();
  await placementGroups();
});
