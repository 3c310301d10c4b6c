import fc from 'fast-check';
import { resolveEngineArgs } from '../../../../../src/llm/config/engine-args.js';
import { deriveEngineConfig, type EngineConfig } from '../../../../../src/llm/config/engine-config.js';
import { type ChannelPlan, type PlacedRank, planChannels } from '../../../../../src/llm/executor/plan-channels.js';
import { storytellerConfig } from '../config/model-config-fixture.js';

function configOf(tensorParallelSize: number, pipelineParallelSize: number, more: object = {}): EngineConfig {
  const args = { model: '/models/storyteller', tensorParallelSize, pipelineParallelSize, ...more };
  return deriveEngineConfig(resolveEngineArgs(args), storytellerConfig);
}

const rankOn = (hostId: string, rank: number): PlacedRank => ({
  ownerId: `actor${rank}`,
  hostId,
  rpcAddress: `${hostId}:${100 + rank}`,
});

/** @param hosts of each rank, in rank order: "aabb". */
function plan(tensorParallelSize: number, hosts: string, driverHost: string, more: object = {}): ChannelPlan {
  return planChannels({
    clusterId: 'c',
    config: configOf(tensorParallelSize, hosts.length / tensorParallelSize, more),
    driver: { jobId: 'job', hostId: driverHost },
    ranks: [...hosts].map(rankOn),
  });
}

const path = (owner: string, name: string): string => `/dev/shm/ray-ts-c-${owner}-${name}`;
const pathsOf = (rings: readonly { readonly path: string }[]): string[] => rings.map((ring) => ring.path);

describe('channels of one rank beside its driver', () => {
  const { workers, controlPaths, outputPath, driverRings, driverBridges } = plan(1, 'a', 'a');

  it('are a ring for plans and one for answers, both made by the rank', () => {
    expect(controlPaths).toEqual([path('actor0', 'control')]);
    expect(outputPath).toBe(path('actor0', 'output'));
    expect(pathsOf(workers[0]!.rings)).toEqual([path('actor0', 'control'), path('actor0', 'output')]);
    expect(workers[0]).toMatchObject({
      controlPath: controlPaths[0],
      inputPath: undefined,
      outputPath,
      group: undefined,
    });
  });

  it('need no bridge', () => {
    expect([...driverRings, ...driverBridges, ...workers[0]!.exposed, ...workers[0]!.bridges]).toEqual([]);
  });
});

describe('channels of two stages with two tensor ranks each, on one host', () => {
  const { workers } = plan(2, 'aaaa', 'a');

  it('give every rank of the second stage a ring that the same tensor rank of the first one writes', () => {
    expect(workers.map(({ inputPath }) => inputPath)).toEqual([
      undefined,
      undefined,
      path('actor2', 'hidden'),
      path('actor3', 'hidden'),
    ]);
    expect(workers.map(({ outputPath }) => outputPath)).toEqual([
      path('actor2', 'hidden'),
      path('actor3', 'hidden'),
      path('actor2', 'output'),
      undefined,
    ]);
  });

  it("let the first rank of each stage make the stage's group", () => {
    expect(workers.map(({ group }) => group)).toEqual([
      expect.objectContaining({ path: path('actor0', 'group'), isCreator: true, numLocalRanks: 2 }),
      expect.objectContaining({ path: path('actor0', 'group'), isCreator: false, numLocalRanks: 2 }),
      expect.objectContaining({ path: path('actor2', 'group'), isCreator: true, numLocalRanks: 2 }),
      expect.objectContaining({ path: path('actor2', 'group'), isCreator: false, numLocalRanks: 2 }),
    ]);
  });
});

describe('channels of an output rank on another host than the driver', () => {
  const { workers, controlPaths, outputPath, driverRings, driverBridges } = plan(1, 'ab', 'a');

  it("are rings of the driver's own, pushed to and pulled from the rank's", () => {
    expect(controlPaths).toEqual([path('actor0', 'control'), path('job', 'control-1')]);
    expect(outputPath).toBe(path('job', 'output'));
    expect(pathsOf(driverRings)).toEqual([path('job', 'control-1'), path('job', 'output')]);
    expect(driverBridges).toEqual([
      { address: 'b:101', channelId: 'control', direction: 'push', localPath: path('job', 'control-1') },
      { address: 'b:101', channelId: 'output', direction: 'pull', localPath: path('job', 'output') },
    ]);
  });

  it('are exposed by the rank, with the ring that the stage before writes', () => {
    expect(workers[0]!.exposed).toEqual([]);
    expect(workers[1]!.exposed).toEqual([
      { channelId: 'control', path: path('actor1', 'control') },
      { channelId: 'output', path: path('actor1', 'output') },
      { channelId: 'hidden', path: path('actor1', 'hidden') },
    ]);
  });

  it('carry hidden states through a ring of the stage before and a bridge', () => {
    expect(workers[0]!.outputPath).toBe(path('actor0', 'next-hidden'));
    expect(workers[0]!.bridges).toEqual([
      { address: 'b:101', channelId: 'hidden', localPath: path('actor0', 'next-hidden'), direction: 'push' },
    ]);
    expect(workers[1]!.inputPath).toBe(path('actor1', 'hidden'));
  });
});

describe('channels of two tensor ranks on two hosts', () => {
  const { workers } = plan(2, 'ab', 'a');

  it('are a segment on each host, of which each rank is the only one', () => {
    expect(workers.map(({ group }) => [group!.path, group!.isCreator, group!.numLocalRanks])).toEqual([
      [path('actor0', 'group'), true, 1],
      [path('actor1', 'group'), true, 1],
    ]);
  });

  it("are rings to each other, of which one's end is bridged to the other's", () => {
    expect(workers.map(({ group }) => group!.links)).toEqual([
      {
        rank: 0,
        outgoing: [{ rank: 1, carriesLogits: false, path: path('actor0', 'sums-to-1') }],
        incoming: [{ rank: 1, carriesLogits: true, path: path('actor0', 'sums-from-1') }],
      },
      {
        rank: 1,
        outgoing: [{ rank: 0, carriesLogits: true, path: path('actor1', 'sums-to-0') }],
        incoming: [{ rank: 0, carriesLogits: false, path: path('actor1', 'sums-from-0') }],
      },
    ]);
    expect(workers[0]!.bridges).toEqual([
      { address: 'b:101', channelId: 'sums-to-0', localPath: path('actor0', 'sums-from-1'), direction: 'pull' },
    ]);
    expect(workers[1]!.exposed).toContainEqual({ channelId: 'sums-to-0', path: path('actor1', 'sums-to-0') });
  });
});

describe('channels of two tensor ranks on one host without the custom all-reduce', () => {
  const { workers } = plan(2, 'aa', 'a', { disableCustomAllReduce: true });

  it('are those of two hosts', () => {
    expect(workers.map(({ group }) => group!.numLocalRanks)).toEqual([1, 1]);
    expect(workers[0]!.bridges.map(({ address }) => address)).toEqual(['a:101']);
    expect(workers[1]!.bridges.map(({ address }) => address)).toEqual(['a:100']);
  });
});

describe('any plan', () => {
  const hosts = fc.constantFrom('a', 'b', 'c');
  const layouts = fc.oneof(
    fc.record({ tensorParallelSize: fc.constant(1), hosts: fc.array(hosts, { minLength: 1, maxLength: 4 }) }),
    fc.record({ tensorParallelSize: fc.constant(2), hosts: fc.array(hosts, { minLength: 2, maxLength: 6 }) }),
    fc.record({ tensorParallelSize: fc.constant(4), hosts: fc.array(hosts, { minLength: 4, maxLength: 8 }) }),
  );
  const forAnyPlan = (check: (plan: ChannelPlan, rankHosts: string, driverHost: string) => void): void => {
    fc.assert(
      fc.property(layouts, hosts, ({ tensorParallelSize, hosts: stageHosts }, driverHost) => {
        const numRanks = stageHosts.length - (stageHosts.length % tensorParallelSize);
        const rankHosts = stageHosts.slice(0, numRanks).join('');
        check(plan(tensorParallelSize, rankHosts, driverHost), rankHosts, driverHost);
      }),
    );
  };

  it('makes every ring once, on the host of both of its ends', () => {
    forAnyPlan(({ workers, controlPaths, outputPath, driverRings }, rankHosts, driverHost) => {
      const hostOfRing = new Map<string, string>();
      const make = (ring: string, host: string): void => {
        expect(hostOfRing.has(ring)).toBe(false);
        hostOfRing.set(ring, host);
      };
      for (const ring of driverRings) make(ring.path, driverHost);
      for (const [rank, { rings }] of workers.entries()) for (const ring of rings) make(ring.path, rankHosts[rank]!);
      for (const ring of [...controlPaths, outputPath]) expect(hostOfRing.get(ring)).toBe(driverHost);
      for (const [rank, worker] of workers.entries()) {
        const ends = [
          worker.controlPath,
          worker.inputPath,
          worker.outputPath,
          ...worker.bridges.map((b) => b.localPath),
          ...(worker.group ? [...worker.group.links.outgoing, ...worker.group.links.incoming].map((l) => l.path) : []),
        ];
        for (const end of ends) if (end) expect(hostOfRing.get(end)).toBe(rankHosts[rank]);
      }
    });
  });

  it('connects every bridge to a ring that its peer exposes, and every exposed ring once', () => {
    forAnyPlan(({ workers, driverBridges }, rankHosts) => {
      const exposed = workers.flatMap((worker, rank) =>
        worker.exposed.map(({ channelId }) => `${rankHosts[rank]}:${100 + rank} ${channelId}`),
      );
      const bridges = [...driverBridges, ...workers.flatMap((worker) => worker.bridges)];
      expect(bridges.map(({ address, channelId }) => `${address} ${channelId}`).sort()).toEqual(exposed.sort());
    });
  });
});
