/**
 * A driver that does what it is told: a JSON object per line of its input, answered by a line with the command's id, whenever
 * it is done. Commands run side by side.
 */
import { createInterface } from 'node:readline';
import * as ray from 'ray-ts';
import { type ActorHandle, type PlacementGroup, RayError } from 'ray-ts';

class Counter {
  #total = 0;
  add(amount: number): number {
    this.#total += amount;
    return this.#total;
  }
  pid(): number {
    return process.pid;
  }
}
const RemoteCounter = ray.remote(Counter, { numCpus: 1 });

interface Command {
  readonly id: string;
  readonly do: 'create' | 'add' | 'pid' | 'group' | 'ready' | 'remove' | 'find' | 'kill';
  readonly actor: string;
  readonly group: string;
  readonly amount: number;
  readonly bundles: readonly Record<string, number>[];
  readonly options: Record<string, unknown>;
}

const actors = new Map<string, ActorHandle<Counter>>();
const groups = new Map<string, PlacementGroup>();

async function run(command: Command): Promise<unknown> {
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
    case 'find': {
      const { getActor } = ray as unknown as { getActor(name: string): Promise<ActorHandle<Counter>> };
      actors.set(command.actor, await getActor(command.actor));
      return 'found';
    }
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
  await ray.init();
  console.log(JSON.stringify({ connected: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as Command;
    void outcome(command).then((result) => console.log(JSON.stringify({ [command.id]: result })));
  }
});
