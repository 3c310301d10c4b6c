/**
 * Puts an actor on every node of the cluster and lets them work for each other. Argument: how many nodes. Prints one JSON
 * line per scenario, by the scenario's name.
 */
import { hostname } from 'node:os';
import * as ray from 'ray-ts';

/** 8 MB: more than one message's flow control window. */
const LARGE_LENGTH = 1_000_000;

class Member {
  #total = 0;
  where(): { readonly hostname: string; readonly pid: number } {
    return { hostname: hostname(), pid: process.pid };
  }
  add(amount: number): number {
    this.#total += amount;
    return this.#total;
  }
  ramp(length: number): Float64Array {
    return Float64Array.from({ length }, (_, index) => index);
  }
  sum(values: Float64Array): number {
    return values.reduce((total, value) => total + value, 0);
  }
}
const RemoteMember = ray.remote(Member, { numCpus: 0.5 });

const print = (name: string, value: unknown): void => console.log(JSON.stringify({ [name]: value }));

ray.main(async () => {
  await ray.init();
  const numNodes = Number(process.argv[2]);
  const bundles = Array.from({ length: numNodes }, () => ({ CPU: 0.5 }));
  const group = await ray.placementGroup(bundles, { strategy: 'STRICT_SPREAD' });
  await group.ready();
  const members = bundles.map((_, index) =>
    RemoteMember.options({
      schedulingStrategy: { placementGroup: group, placementGroupBundleIndex: index },
    }).remote(),
  );
  const places = await ray.get(members.map((member) => member.where.remote()));
  print('processes', new Set(places.map(({ hostname: host, pid }) => `${host} ${pid}`)).size);
  print('hosts', new Set(places.map(({ hostname: host }) => host)).size);

  const last = members.at(-1)!;
  const sums = Array.from({ length: 200 }, () => last.add.remote(1));
  print(
    'inOrder',
    (await ray.get(sums)).every((sum, index) => sum === index + 1),
  );
  const ramps = members.map((member) => member.ramp.remote(LARGE_LENGTH));
  const neighbours = ramps.map((ramp, index) => members[(index + 1) % numNodes]!.sum.remote(ramp));
  print('sumsOfNeighbours', await ray.get(neighbours));
});
