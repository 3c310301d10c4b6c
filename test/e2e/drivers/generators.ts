/** Uses generators on a cluster of its own and prints one JSON line per scenario, by the scenario's name. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { errorOf, print } from './error-of.js';

const directory = process.env['RAY_TS_TMPDIR']!;
const marks = (name: string): number => {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, 'utf8').length : 0;
};
const mark = (name: string): void => appendFileSync(join(directory, name), 'x');

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

function* countTo(count: number, name: string): Generator<number> {
  try {
    for (let n = 0; n < count; n++) {
      mark(`${name}-made`);
      yield n;
    }
  } finally {
    mark(`${name}-returned`);
  }
}
const remoteCountTo = ray.remote(countTo);

async function* failAfter(count: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) yield n;
  throw new RangeError('nothing more');
}
const remoteFailAfter = ray.remote(failAfter);

function* dieInTheMiddle(name: string): Generator<number> {
  mark(name);
  for (let n = 0; n < 10; n++) {
    if (n === 5 && marks(name) === 1) process.kill(process.pid, 'SIGKILL');
    yield n;
  }
}
const remoteDieInTheMiddle = ray.remote(dieInTheMiddle, { generatorBackpressureNumObjects: 1 });

async function* slowly(name: string): AsyncGenerator<number> {
  await until(() => marks(name) > 0);
  yield 1;
  yield 2;
}
const remoteSlowly = ray.remote(slowly);

class Producer {
  *items(count: number): Generator<Uint8Array> {
    for (let n = 0; n < count; n++) yield new Uint8Array(200_000).fill(n);
  }
  wait(): Promise<void> {
    return new Promise(() => undefined);
  }
  async *words(): AsyncGenerator<string> {
    yield 'a';
    yield 'b';
  }
}
const RemoteProducer = ray.remote(Producer);

async function valuesOf<T>(items: AsyncIterable<ray.ObjectRef<T>>): Promise<T[]> {
  const values: T[] = [];
  for await (const ref of items) values.push(await ray.get(ref));
  return values;
}

ray.main(async () => {
  await ray.init({ address: 'local', numCpus: 2, logToDriver: false });
  const lockStep = remoteCountTo.options({ generatorBackpressureNumObjects: 1 });
  const thousand = await valuesOf(lockStep.remote(1_000, 'thousand'));
  print('thousand', { length: thousand.length, inOrder: thousand.every((value, index) => value === index) });

  const waiting = lockStep.remote(100, 'waiting');
  await waiting.next();
  await until(() => marks('waiting-made') === 2);
  await sleep(100);
  print('backpressure', marks('waiting-made'));
  await waiting.return();
  await until(() => marks('waiting-returned') === 1);
  print('stopped', marks('waiting-made'));

  const failing = remoteFailAfter.remote(2);
  const refs: ray.ObjectRef<number>[] = [];
  for await (const ref of failing) refs.push(ref);
  print('errorAfterItems', {
    items: await ray.get(refs.slice(0, 2)),
    error: await errorOf(ray.get(refs[2]!)),
    completed: await errorOf(ray.get(failing.completed())),
    isFinished: failing.isFinished(),
  });

  print('replayed', { items: await valuesOf(remoteDieInTheMiddle.remote('die')), tries: marks('die') });

  const producer = RemoteProducer.remote();
  const large = await valuesOf(producer.items.remote(5));
  print(
    'large',
    large.map((item) => [item.length, item[0]]),
  );
  print('words', await valuesOf(producer.words.remote()));

  const slow = remoteSlowly.remote('slow');
  const never = RemoteProducer.remote().wait.remote();
  const [none] = await ray.wait([slow, never], { timeoutMs: 200 });
  mark('slow');
  const [ready] = await ray.wait([slow, never]);
  const { value: first } = await slow.next();
  const taken = first && (await ray.get(first));
  await slow.next();
  const [ended] = await ray.wait([never, slow]);
  const words = producer.words.remote();
  const [fromActor] = await ray.wait([never, words]);
  print('waited', {
    before: none.length,
    ready: ready[0] === slow,
    taken,
    ended: ended[0] === slow && (await slow.next()).done,
    fromActor: fromActor[0] === words,
  });

  const cancelled = lockStep.remote(100, 'cancelled');
  await cancelled.next();
  ray.cancel(cancelled);
  await until(() => marks('cancelled-returned') === 1);
  print('cancelled', await errorOf(ray.get(cancelled.completed())));

  const endless = lockStep.remote(100, 'left');
  for await (const ref of endless) if ((await ray.get(ref)) === 3) break;
  await until(() => marks('left-returned') === 1);
  print('left', marks('left-made'));
});
