/**
 * A driver that does what it is told: a JSON object per line of its input, answered by a line with the command's id, whenever
 * it is done. Commands run side by side.
 */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { type ActorHandle, type PlacementGroup, RayError } from 'ray-ts';
import { collectGarbage } from '../../support/collect-garbage.js';

/** The same for all, so that drivers of one test find each other's named actors. */
const NAMESPACE = 'lab';

class Counter {
  #total = 0;
  readonly #children: ActorHandle<Counter>[] = [];
  add(amount: number): number {
    this.#total += amount;
    return this.#total;
  }
  pid(): number {
    return process.pid;
  }
  /** Makes an actor of its own, which holds nothing, and says its process id. */
  async bear(): Promise<number> {
    const child: ActorHandle<Counter> = RemoteCounter.options({ numCpus: 0 }).remote();
    this.#children.push(child);
    return ray.get(child.pid.remote());
  }
}
const RemoteCounter = ray.remote(Counter, { numCpus: 1 });

const double = ray.remote(function double(n: number) {
  return 2 * n;
});

/** Ends when there is a file of that path. */
const doubleWhen = ray.remote(async function doubleWhen(n: number, path: string) {
  while (!existsSync(path)) await sleep(20);
  return 2 * n;
});

interface Command {
  readonly id: string;
  readonly do: 'create' | 'add' | 'pid' | 'bear' | 'drop' | 'task' | 'group' | 'ready' | 'remove' | 'find' | 'kill';
  readonly actor: string;
  readonly group: string;
  readonly amount: number;
  /** What a task waits for. */
  readonly path?: string;
  readonly bundles: readonly Record<string, number>[];
  readonly options: Record<string, unknown>;
}

const actors = new Map<string, ActorHandle<Counter>>();
const groups = new Map<string, PlacementGroup>();

/** Forgets the handle, and has it collected: nothing of this function's callers may hold it. */
async function drop(actor: string): Promise<string> {
  actors.delete(actor);
  await collectGarbage();
  return 'dropped';
}

async function run(command: Command): Promise<unknown> {
  if (command.do === 'drop') return drop(command.actor);
  const actor = actors.get(command.actor);
  const group = groups.get(command.group);
  switch (command.do) {
    case 'create': {
      const schedulingStrategy = group ? { schedulingStrategy: { placementGroup: group } } : {};
      actors.set(command.actor, RemoteCounter.options({ ...command.options, ...schedulingStrategy }).remote());
      return 'asked';
    }
    case 'add':
      return ray.get(actor!.add.remote(command.amount));
    case 'pid':
      return ray.get(actor!.pid.remote());
    case 'bear':
      return ray.get(actor!.bear.remote());
    case 'task':
      return ray.get(command.path ? doubleWhen.remote(command.amount, command.path) : double.remote(command.amount));
    case 'kill':
      return ray.kill(actor!);
    case 'group':
      groups.set(command.group, await ray.placementGroup([...command.bundles], { name: command.group }));
      return 'asked';
    case 'ready':
      await group!.ready();
      return 'placed';
    case 'remove':
      return group!.remove();
    case 'find':
      actors.set(command.actor, await ray.getActor<Counter>(command.actor));
      return 'found';
  }
}

async function outcome(command: Command): Promise<unknown> {
  try {
    return (await run(command)) ?? 'done';
  } catch (error) {
    if (!(error instanceof RayError)) throw error;
    const { name, code, message, details } = error;
    return { name, code, message, details };
  }
}

ray.main(async () => {
  await ray.init({ namespace: NAMESPACE });
  console.log(JSON.stringify({ connected: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as Command;
    void outcome(command).then((result) => console.log(JSON.stringify({ [command.id]: result })));
  }
});
