import { type EngineArgs, resolveEngineArgs } from '../../../../../../src/llm/config/engine-args.js';
import {
  type Environment,
  readLauncherEnvironment,
  readParallelEnvironment,
} from '../../../../../../src/llm/config/parallel/parallel-environment.js';
import {
  type DataParallelConfig,
  resolveDataParallel,
} from '../../../../../../src/llm/config/parallel/resolve-data-parallel.js';

interface Situation {
  readonly environment?: Environment;
  readonly isLaunched?: boolean;
  readonly warn?: (line: string) => void;
}

function resolve(args: Partial<EngineArgs>, situation: Situation = {}): DataParallelConfig {
  const { environment = {}, isLaunched = false, warn = () => undefined } = situation;
  const resolved = resolveEngineArgs({ model: 'm', ...args });
  return resolveDataParallel(
    resolved,
    {
      worldSize: resolved.tensorParallelSize * resolved.pipelineParallelSize,
      environment: readParallelEnvironment(environment),
      launcher: isLaunched ? readLauncherEnvironment(environment) : undefined,
    },
    warn,
  );
}

/** How requests are balanced, the copies of this node and the first of them. */
function placeOf(args: Partial<EngineArgs>, situation?: Situation): [string, number, number] {
  const config = resolve(args, situation);
  const { dataParallelExternalLb, dataParallelHybridLb, dataParallelSizeLocal, dataParallelRank } = config;
  const mode = dataParallelExternalLb ? 'external' : dataParallelHybridLb ? 'hybrid' : 'internal';
  return [mode, dataParallelSizeLocal, dataParallelRank];
}

describe('without data parallelism', () => {
  it('is one copy here', () => {
    expect(resolve({})).toEqual({
      dataParallelSize: 1,
      dataParallelSizeLocal: 1,
      dataParallelRank: 0,
      dataParallelRankLocal: undefined,
      dataParallelMasterIp: '127.0.0.1',
      dataParallelMasterPort: 29_500,
      dataParallelExternalLb: false,
      dataParallelHybridLb: false,
    });
  });
});

describe('internal load balancing', () => {
  it('has all copies here unless some are elsewhere', () => {
    expect(placeOf({ dataParallelSize: 4 })).toEqual(['internal', 4, 0]);
    expect(placeOf({ dataParallelSize: 4, dataParallelSizeLocal: 2 })).toEqual(['internal', 2, 0]);
    expect(placeOf({ dataParallelSize: 4, dataParallelSizeLocal: 0 })).toEqual(['internal', 0, 0]);
  });

  it('has a headless node with the copies from its start rank on', () => {
    const args = { dataParallelSize: 4, dataParallelSizeLocal: 2, dataParallelStartRank: 2, headless: true };
    expect(placeOf(args)).toEqual(['internal', 2, 2]);
  });

  it('has one copy here when the cluster spreads each over nodes', () => {
    const environment = { VLLM_RAY_DP_PACK_STRATEGY: 'span' };
    expect(placeOf({ dataParallelSize: 4, dataParallelBackend: 'ray' }, { environment })).toEqual(['internal', 1, 0]);
    expect(placeOf({ dataParallelSize: 4 }, { environment })).toEqual(['internal', 4, 0]);
  });
});

describe('hybrid load balancing', () => {
  it('is the same on every node: a start rank makes it so, 0 too', () => {
    const args = { dataParallelSize: 4, dataParallelSizeLocal: 2 };
    expect(placeOf({ ...args, dataParallelStartRank: 0 })).toEqual(['hybrid', 2, 0]);
    expect(placeOf({ ...args, dataParallelStartRank: 2 })).toEqual(['hybrid', 2, 2]);
    expect(placeOf({ ...args, dataParallelHybridLb: true })).toEqual(['hybrid', 2, 0]);
  });

  it('is internal when all copies are here', () => {
    const args = { dataParallelSize: 2, dataParallelSizeLocal: 2, dataParallelHybridLb: true };
    expect(placeOf(args)).toEqual(['internal', 2, 0]);
  });

  it('is external with one copy per node, and says so', () => {
    const lines: string[] = [];
    const args = { dataParallelSize: 2, dataParallelSizeLocal: 1, dataParallelStartRank: 1 };
    expect(placeOf(args, { warn: (line) => lines.push(line) })).toEqual(['external', 1, 1]);
    expect(lines).toEqual([expect.stringContaining('external load balancing')]);
  });
});

describe('external load balancing', () => {
  it('is chosen by a rank, 0 too', () => {
    expect(placeOf({ dataParallelSize: 2, dataParallelRank: 0 })).toEqual(['external', 1, 0]);
    expect(placeOf({ dataParallelSize: 2, dataParallelRank: 1, dataParallelExternalLb: true })).toEqual([
      'external',
      1,
      1,
    ]);
  });

  it('takes the rank from the node where there are several', () => {
    const args = { dataParallelSize: 2, tensorParallelSize: 4, dataParallelExternalLb: true, nnodes: 4 };
    expect([0, 1, 2, 3].map((nodeRank) => placeOf({ ...args, nodeRank })[2])).toEqual([0, 0, 1, 1]);
  });
});

describe('several nodes', () => {
  const args = { dataParallelSize: 4, tensorParallelSize: 2, nnodes: 2 };

  it('share the copies out evenly', () => {
    expect(placeOf({ ...args, nodeRank: 1 })).toEqual(['internal', 2, 2]);
    expect(placeOf({ ...args, nodeRank: 1, dataParallelHybridLb: true })).toEqual(['hybrid', 2, 2]);
  });

  it('may have a copy in common', () => {
    expect(placeOf({ dataParallelSize: 2, tensorParallelSize: 4, nnodes: 4, nodeRank: 3 })).toEqual(['internal', 1, 1]);
    expect(placeOf({ tensorParallelSize: 4, nnodes: 2, nodeRank: 1 })).toEqual(['internal', 1, 0]);
  });
});

describe('the environment', () => {
  const environment = { VLLM_DP_SIZE: '4', VLLM_DP_RANK: '3', VLLM_DP_MASTER_IP: 'host0', VLLM_DP_MASTER_PORT: '9' };

  it('makes every process a copy of its own', () => {
    expect(resolve({}, { environment: { ...environment, VLLM_DP_RANK_LOCAL: '1' } })).toMatchObject({
      dataParallelSize: 4,
      dataParallelSizeLocal: 1,
      dataParallelRank: 3,
      dataParallelRankLocal: 1,
      dataParallelMasterIp: 'host0',
      dataParallelMasterPort: 9,
    });
    expect(resolve({}, { environment }).dataParallelRankLocal).toBe(3);
  });

  it('does not change how many copies an argument says there are', () => {
    expect(resolve({ dataParallelSize: 2 }, { environment })).toMatchObject({
      dataParallelSize: 2,
      dataParallelRank: 0,
    });
    expect(resolve({ dataParallelSize: 1 }, { environment }).dataParallelSize).toBe(1);
  });

  it('gives the copies of a cluster this host to meet at', () => {
    const own = { VLLM_HOST_IP: '10.0.0.7' };
    expect(
      resolve({ dataParallelSize: 2, dataParallelBackend: 'ray' }, { environment: own }).dataParallelMasterIp,
    ).toBe('10.0.0.7');
    expect(resolve({ dataParallelSize: 2, masterAddr: 'host1' }, { environment: own }).dataParallelMasterIp).toBe(
      'host1',
    );
  });
});

describe('an external launcher', () => {
  const launched = { RANK: '5', WORLD_SIZE: '8', LOCAL_RANK: '5', MASTER_ADDR: 'host0', MASTER_PORT: '1' };

  it('has ranks copy by copy', () => {
    const args = { tensorParallelSize: 2, pipelineParallelSize: 2, dataParallelSize: 2 };
    expect(resolve(args, { environment: launched, isLaunched: true })).toMatchObject({
      dataParallelSize: 2,
      dataParallelRank: 1,
      dataParallelMasterIp: 'host0',
    });
  });

  it('must have started as many processes as there are ranks', () => {
    expect(() => resolve({ tensorParallelSize: 2 }, { environment: launched, isLaunched: true })).toThrow(
      'WORLD_SIZE=8 processes were launched, but tensorParallelSize × pipelineParallelSize × dataParallelSize is 2.',
    );
  });
});

describe('contradictions', () => {
  const four = { dataParallelSize: 4 };

  it.each<[Partial<EngineArgs>, string]>([
    [{ dataParallelExternalLb: true }, 'dataParallelExternalLb can only be set when dataParallelSize > 1.'],
    [{ dataParallelRank: 1 }, 'dataParallelRank can only be set when dataParallelSize > 1.'],
    [{ ...four, dataParallelRank: 4 }, 'dataParallelRank (4) must be in the range [0, 4).'],
    [{ ...four, dataParallelExternalLb: true }, 'dataParallelRank must be given with dataParallelExternalLb'],
    [{ ...four, dataParallelRank: 1, dataParallelSizeLocal: 2 }, 'dataParallelSizeLocal (2) must be 1 with external'],
    [{ ...four, dataParallelSizeLocal: 5 }, 'dataParallelSizeLocal (5) must be <= dataParallelSize (4).'],
    [
      { ...four, dataParallelSizeLocal: 2, dataParallelStartRank: 3 },
      'dataParallelStartRank (3) + dataParallelSizeLocal (2)',
    ],
    [{ ...four, dataParallelStartRank: 2 }, 'dataParallelStartRank needs dataParallelSizeLocal'],
    [{ ...four, dataParallelHybridLb: true }, 'dataParallelHybridLb needs dataParallelSizeLocal'],
    [{ ...four, dataParallelHybridLb: true, dataParallelRank: 0 }, 'can not be combined with dataParallelExternalLb'],
    [
      { ...four, dataParallelHybridLb: true, headless: true },
      'dataParallelHybridLb is not applicable in headless mode',
    ],
    [{ ...four, dataParallelSizeLocal: 0, headless: true }, 'dataParallelSizeLocal must be > 0 in headless mode'],
    [{ nodeRank: 1 }, 'nodeRank (1) must be less than nnodes (1).'],
    [{ ...four, nnodes: 2, dataParallelBackend: 'ray' }, "nnodes > 1 is only supported with dataParallelBackend 'mp'."],
    [{ ...four, nnodes: 3 }, 'must be divisible by nnodes (3).'],
    [{ tensorParallelSize: 3, dataParallelSize: 2, nnodes: 3 }, 'would share a node with a part of another'],
  ])('refuses %j', (args, message) => {
    expect(() => resolve(args)).toThrow(message);
  });

  it('refuses a rank of the environment that is no copy', () => {
    expect(() => resolve({}, { environment: { VLLM_DP_SIZE: '2', VLLM_DP_RANK: '2' } })).toThrow(
      'VLLM_DP_RANK (2) must be in the range [0, 2).',
    );
  });
});
