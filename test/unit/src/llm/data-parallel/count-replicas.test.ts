import { type EngineArgs, resolveEngineArgs } from '../../../../../src/llm/config/engine-args.js';
import { deriveEngineConfig, type EngineContext } from '../../../../../src/llm/config/engine-config.js';
import { checkDataParallelRank } from '../../../../../src/llm/data-parallel/check-data-parallel-rank.js';
import { countReplicas } from '../../../../../src/llm/data-parallel/count-replicas.js';
import { storytellerConfig } from '../config/model-config-fixture.js';

const replicasOf = (args: Partial<EngineArgs>, environment: EngineContext['environment'] = {}): number =>
  countReplicas(deriveEngineConfig(resolveEngineArgs({ model: 'm', ...args }), storytellerConfig, { environment }));

describe('countReplicas', () => {
  it('is one engine core unless there are copies', () => {
    expect(replicasOf({})).toBe(1);
    expect(replicasOf({ dataParallelSize: 3 })).toBe(3);
  });

  it('is one where every process is a copy that the user started', () => {
    expect(replicasOf({}, { VLLM_DP_SIZE: '4', VLLM_DP_RANK: '2' })).toBe(1);
  });

  it('is one with a load balancer outside', () => {
    expect(replicasOf({ dataParallelSize: 4, dataParallelRank: 2 })).toBe(1);
  });

  it("is the node's own with a front end on every node", () => {
    const args = { dataParallelSize: 4, dataParallelSizeLocal: 2, dataParallelStartRank: 2 };
    expect(replicasOf(args)).toBe(2);
  });

  it('is refused where one front end would have copies on other nodes', () => {
    expect(() => replicasOf({ dataParallelSize: 4, dataParallelSizeLocal: 2 })).toThrow(
      'does not support copies of the engine on other nodes',
    );
  });
});

describe('checkDataParallelRank', () => {
  it.each([undefined, 0, 2])('allows %s of three', (rank) => {
    expect(() => checkDataParallelRank(rank, 3)).not.toThrow();
  });

  it.each([-1, 3, 0.5])('refuses %s of three', (rank) => {
    expect(() => checkDataParallelRank(rank, 3)).toThrow(`data_parallel_rank ${rank} is out of range [0, 3).`);
  });
});
