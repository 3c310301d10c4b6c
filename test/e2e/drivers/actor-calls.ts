/** Restarts, retries, handles and names of actors on a cluster of its own: one JSON line per scenario. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import * as ray from 'ray-ts';
import { errorOf, print } from './error-of.js';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

const directory = process.env['RAY_TS_TMPDIR']!;
const marks = (name: string): number => {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, 'utf8').length : 0;
};
const mark = (name: string): void => appendFileSync(join(directory, name), 'x');

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

class Fragile {
  #calls = 0;
  constructor(name = '') {
    if (name) mark(name);
  }
  count(): number {
    this.#calls++;
    return this.#calls;
  }
  dieOnce(name: string): number {
    mark(name);
    if (marks(name) === 1) process.kill(process.pid, 'SIGKILL');
    return marks(name);
  }
  failTwice(name: string): number {
    mark(name);
    if (marks(name) < 3) throw new RangeError('not yet');
    return marks(name);
  }
  restarted(): boolean {
    return ray.getRuntimeContext().wasCurrentActorReconstructed;
  }
  async leave(): Promise<void> {
    await ray.exitActor();
  }
  pid(): number {
    return process.pid;
  }
}
const RemoteFragile = ray.remote(Fragile, { numCpus: 0 });

class Store {
  readonly #values = new Map<string, unknown>();
  set(key: string, value: unknown): void {
    this.#values.set(key, value);
  }
  get(key: string): unknown {
    return this.#values.get(key);
  }
  size(): number {
    return this.#values.size;
  }
}
const RemoteStore = ray.remote(Store, { numCpus: 0 });

class User {
  async fill(store: ray.ActorHandle<Store>, key: string, value: number): Promise<number> {
    await ray.get(store.set.remote(key, value));
    return ray.get(store.size.remote());
  }
  /** Gives a ref to something that it has made. */
  async keep(size: number): Promise<{ ref: ray.ObjectRef<Uint8Array> }> {
    return { ref: await ray.put(new Uint8Array(size).fill(5)) };
  }
  async lengthOf(inside: { ref: ray.ObjectRef<Uint8Array> }): Promise<number> {
    return (await ray.get(inside.ref)).length;
  }
  async make(): Promise<ray.ActorHandle<Store>> {
    const store = RemoteStore.remote();
    await ray.get(store.set.remote('made', 'by a user'));
    return store;
  }
}
const RemoteUser = ray.remote(User, { numCpus: 0 });

async function useStore(store: ray.ActorHandle<Store>): Promise<number> {
  await ray.get(store.set.remote('task', 1));
  return ray.get(store.size.remote());
}
const remoteUseStore = ray.remote(useStore);

class Slow {
  async wait(name: string): Promise<string> {
    mark(`${name}-begun`);
    const { signal } = ray.getRuntimeContext();
    await Promise.race([sleep(60_000), new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    mark(`${name}-ended`);
    return name;
  }
  quick(): string {
    return 'quick';
  }
}
const RemoteSlow = ray.remote(Slow, {
  numCpus: 0,
  concurrencyGroups: { side: 1 },
  methods: { quick: { concurrencyGroup: 'side' } },
});

async function restarts(): Promise<void> {
  const lasting = RemoteFragile.options({ maxRestarts: 1, maxTaskRetries: 1 }).remote();
  await ray.get(lasting.count.remote());
  const died = lasting.dieOnce.remote('die-retried');
  const behind = lasting.count.remote();
  print('retried', { tries: await ray.get(died), behind: await ray.get(behind) });
  print('restarted', await ray.get(lasting.restarted.remote()));

  const once = RemoteFragile.options({ maxRestarts: 1 }).remote();
  await ray.get(once.count.remote());
  const lost = once.dieOnce.remote('die-lost');
  print('notRetried', await errorOf(ray.get(lost)));
  print('afterRestart', await ray.get(once.count.remote()));
  print('lostTries', marks('die-lost'));

  const again = once.failTwice.options({ maxTaskRetries: 2, retryExceptions: [RangeError] });
  print('retriedError', await ray.get(again.remote('fail-twice')));

  const killed = RemoteFragile.options({ maxRestarts: 1 }).remote();
  await ray.get(killed.count.remote());
  const before = await ray.get(killed.pid.remote());
  await ray.kill(killed, { noRestart: false });
  print('killedAndRestarted', (await ray.get(killed.pid.options({ maxTaskRetries: 3 }).remote())) !== before);

  const leaving = RemoteFragile.options({ maxRestarts: 5 }).remote('leaving-born');
  print('left', await errorOf(ray.get(leaving.leave.remote())));
  print('leftOnce', marks('leaving-born'));
}

async function handles(): Promise<void> {
  const store = RemoteStore.remote();
  const user = RemoteUser.remote();
  print('handleToActor', await ray.get(user.fill.remote(store, 'a', 1)));
  print('handleToTask', await ray.get(remoteUseStore.remote(store)));
  const kept = await ray.get(user.keep.remote(500_000));
  const other = RemoteUser.remote();
  print('refThroughActors', await ray.get(other.lengthOf.remote(kept)));
  await ray.get(store.set.remote('kept', kept));
  const back = (await ray.get(store.get.remote('kept'))) as { ref: ray.ObjectRef<Uint8Array> };
  print('refBack', (await ray.get(back.ref)).length);
  const made = await ray.get(user.make.remote());
  print('handleBack', await ray.get(made.get.remote('made')));
}

async function names(): Promise<void> {
  const first = RemoteStore.options({ name: 'the store', getIfExists: true }).remote();
  await ray.get(first.set.remote('k', 'named'));
  const found = await ray.getActor<Store>('the store');
  const second = RemoteStore.options({ name: 'the store', getIfExists: true }).remote();
  print('named', [await ray.get(found.get.remote('k')), await ray.get(second.get.remote('k'))]);
  print('unknownName', await errorOf(ray.getActor('nobody')));
  const taken = RemoteStore.options({ name: 'the store' }).remote();
  print('nameTaken', await errorOf(ray.get(taken.size.remote())));
}

async function slowCalls(): Promise<void> {
  const slow = RemoteSlow.options({ maxPendingCalls: 2 }).remote();
  const running = slow.wait.remote('running');
  await until(() => marks('running-begun') === 1);
  print('otherGroup', await ray.get(slow.quick.remote()));
  const queued = slow.wait.remote('queued');
  try {
    slow.wait.remote('too many');
  } catch (error) {
    print('tooMany', await errorOf(Promise.reject(error)));
  }
  ray.cancel(queued);
  print('cancelQueued', await errorOf(ray.get(queued)));
  try {
    ray.cancel(running, { force: true });
  } catch (error) {
    print('forced', await errorOf(Promise.reject(error)));
  }
  ray.cancel(running);
  print('cancelRunning', await errorOf(ray.get(running)));
  await until(() => marks('running-ended') === 1);
  print('queuedBegun', marks('queued-begun'));
  print('ready', await ray.get(slow.__rayReady__.remote()));
  const waiting = slow.wait.remote('waiting');
  await until(() => marks('waiting-begun') === 1);
  const stuck = slow.quick.remote();
  await ray.get(stuck);
  const behind = remoteNever(slow);
  await ray.kill(slow);
  print('stuckBehindRef', await errorOf(ray.get(behind)));
  void waiting;
}

/** A call whose argument never comes. */
function remoteNever(slow: ray.ActorHandle<Slow>): ray.ObjectRef<string> {
  return slow.wait.remote(RemoteSlow.remote().wait.remote('never'));
}

async function scopes(): Promise<void> {
  const pid = await ray.get(RemoteFragile.remote().pid.remote());
  const alive = (): boolean => existsSync(`/proc/${pid}`);
  const deadline = Date.now() + 20_000;
  while (alive() && Date.now() < deadline) {
    collectGarbage();
    await sleep(20);
  }
  print('outOfScope', { alive: alive() });
}

ray.main(async () => {
  await ray.init({ address: 'local', numCpus: 2, logToDriver: false });
  await restarts();
  await handles();
  await names();
  await slowCalls();
  await scopes();
});
