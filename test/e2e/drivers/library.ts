/** Uses what the library brings beside actors and tasks, and prints what it sees: a line of JSON for each fact. */
import * as ray from 'ray-ts';

const SIZE = 3;
const LARGE = 200_000;

class Rank {
  readonly #rank: number;

  constructor(rank: number) {
    this.#rank = rank;
  }

  async compute(): Promise<object> {
    await ray.collective.initCollectiveGroup(SIZE, this.#rank, { groupName: 'ranks' });
    const group = { groupName: 'ranks' };
    const large = new Float32Array(LARGE).fill(this.#rank + 1);
    await ray.collective.allReduce(large, group);
    const gathered = await ray.collective.allGather(Int32Array.of(this.#rank * 10), group);
    const scattered = await ray.collective.reduceScatter(
      [0, 1, 2].map((part) => Int32Array.of(part)),
      { ...group, op: 'MAX' },
    );
    const word = new Uint8Array(2);
    if (this.#rank === 1) word.set([7, 8]);
    await ray.collective.broadcast(word, 1, group);
    if (this.#rank === 0) await ray.collective.send(Float64Array.of(0.5), 2, group);
    const received = new Float64Array(1);
    if (this.#rank === 2) await ray.collective.recv(received, 0, group);
    await ray.collective.barrier(group);
    return {
      sum: [large[0], large[LARGE - 1]],
      gathered: gathered.map((part) => part[0]),
      scattered: [...scattered],
      word: [...word],
      received: received[0],
    };
  }

  async declared(): Promise<number> {
    const tensor = Float32Array.of(1);
    await ray.collective.allReduce(tensor, { groupName: 'declared' });
    return tensor[0]!;
  }

  async waitForOthers(): Promise<string> {
    try {
      await ray.collective.barrier({ groupName: 'declared' });
      return 'nobody was missing';
    } catch (error) {
      return (error as Error).message;
    }
  }

  pid(): number {
    return process.pid;
  }
}

class Producer {
  async fill(actor: ray.ActorHandle<object>, items: number): Promise<void> {
    const queue = ray.Queue.of<number>(actor as never);
    for (let item = 0; item < items; item++) await queue.put(item);
  }
}

class Squarer {
  square(n: number): number {
    return n * n;
  }
}

const RemoteRank = ray.remote(Rank, { numCpus: 0, schedulingStrategy: 'SPREAD', maxConcurrency: 4 });
const RemoteProducer = ray.remote(Producer, { numCpus: 0 });
const RemoteSquarer = ray.remote(Squarer, { numCpus: 0 });
const where = ray.remote(function where() {
  return ray.getRuntimeContext().nodeId;
});

const print = (fact: string, value: unknown): boolean => process.stdout.write(`${JSON.stringify({ [fact]: value })}\n`);

async function collectives(): Promise<void> {
  const ranks = [0, 1, 2].map((rank) => RemoteRank.remote(rank));
  print('collectives', await ray.get(ranks.map((rank) => rank.compute.remote())));
  await ray.collective.createCollectiveGroup(ranks, SIZE, [2, 0, 1], { groupName: 'declared' });
  print('declared', await ray.get(ranks.map((rank) => rank.declared.remote())));
  const waiting = ranks.slice(1).map((rank) => rank.waitForOthers.remote());
  await ray.get(ranks[1]!.pid.remote());
  await ray.kill(ranks[0]!);
  print('deadRank', await ray.get(waiting));
}

async function queues(): Promise<void> {
  const queue = ray.Queue.create<number>(2);
  const filled = RemoteProducer.remote().fill.remote(queue.actor as never, 5);
  const items: number[] = [];
  for (let item = 0; item < 5; item++) items.push(await queue.get());
  await ray.get(filled);
  print('queue', items);
  print('emptyQueue', await queue.getNowait().catch((error: ray.RayError) => error.code));
  await queue.putNowaitBatch([1, 2]);
  print('fullQueue', await queue.put(3, { timeoutMs: 10 }).catch((error: ray.RayError) => error.code));
  await queue.shutdown();
}

async function pools(): Promise<void> {
  const pool = new ray.ActorPool([RemoteSquarer.remote(), RemoteSquarer.remote()]);
  const square = (actor: ray.ActorHandle<Squarer>, n: number): ray.ObjectRef<number> => actor.square.remote(n);
  const ordered: number[] = [];
  for await (const result of pool.map(square, [1, 2, 3, 4, 5])) ordered.push(result);
  const unordered: number[] = [];
  for await (const result of pool.mapUnordered(square, [6, 7, 8])) unordered.push(result);
  print('pool', { ordered, unordered: unordered.toSorted((a, b) => a - b), isFree: pool.hasFree() });
}

async function cluster(): Promise<void> {
  const nodes = await ray.nodes();
  const total = await ray.clusterResources();
  const held = ray.remote(Squarer, { numCpus: 1 }).remote();
  await ray.get(held.square.remote(1));
  const available = await ray.availableResources();
  print('cluster', {
    alive: nodes.map(({ alive }) => alive),
    cpus: total['CPU'],
    usedCpus: total['CPU']! - available['CPU']!,
  });
  const target = nodes.at(-1)!.nodeId;
  print('affinity', (await ray.get(where.options({ schedulingStrategy: { nodeId: target } }).remote())) === target);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const trace = await ray.timeline();
  print('timeline', trace.filter((event) => event.name === 'task::where').length);
}

ray.main(async () => {
  await ray.init();
  await collectives();
  await queues();
  await pools();
  await cluster();
  await ray.shutdown();
});
