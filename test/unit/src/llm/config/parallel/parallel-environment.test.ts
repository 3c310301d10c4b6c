import {
  type Environment,
  readLauncherEnvironment,
  readParallelEnvironment,
} from '../../../../../../src/llm/config/parallel/parallel-environment.js';

describe('readParallelEnvironment', () => {
  it('reads what is set, and takes an empty variable for none', () => {
    const environment = { VLLM_DP_SIZE: '4', VLLM_DP_RANK: '0', VLLM_DP_MASTER_IP: 'host0', VLLM_DP_MASTER_PORT: '' };
    expect(readParallelEnvironment(environment)).toMatchObject({
      dataParallelSize: 4,
      dataParallelRank: 0,
      dataParallelMasterIp: 'host0',
      dataParallelMasterPort: undefined,
      rayDataParallelPackStrategy: 'strict',
    });
  });

  it.each<[Environment, string]>([
    [{ VLLM_DP_SIZE: '0' }, 'VLLM_DP_SIZE must be an integer from 1 to'],
    [{ VLLM_DP_RANK: '-1' }, 'VLLM_DP_RANK must be an integer from 0 to 1048576, got "-1".'],
    [{ VLLM_DP_RANK_LOCAL: 'x' }, 'VLLM_DP_RANK_LOCAL must be an integer'],
    [{ VLLM_DP_MASTER_PORT: '70000' }, 'VLLM_DP_MASTER_PORT must be an integer from 1 to 65535, got "70000".'],
    [{ VLLM_ALL2ALL_BACKEND: 'nccl' }, "VLLM_ALL2ALL_BACKEND must be one of 'allgather_reducescatter'"],
    [{ VLLM_RAY_DP_PACK_STRATEGY: 'wide' }, "VLLM_RAY_DP_PACK_STRATEGY must be one of 'strict', 'fill', 'span', got"],
    [{ VLLM_PORT: 'tcp://10.0.0.1:80' }, "VLLM_PORT 'tcp://10.0.0.1:80' appears to be a URI."],
  ])('refuses %j', (environment, message) => {
    expect(() => readParallelEnvironment(environment)).toThrow(message);
  });

  it('leaves a number as VLLM_PORT alone', () => {
    expect(() => readParallelEnvironment({ VLLM_PORT: '8000' })).not.toThrow();
  });
});

describe('readLauncherEnvironment', () => {
  const launched = { RANK: '3', WORLD_SIZE: '4', LOCAL_RANK: '1', MASTER_ADDR: 'host0', MASTER_PORT: '29500' };

  it('reads what torchrun sets', () => {
    expect(readLauncherEnvironment(launched)).toEqual({
      rank: 3,
      worldSize: 4,
      localRank: 1,
      masterAddr: 'host0',
      masterPort: 29_500,
    });
  });

  it('names all that is missing', () => {
    expect(() => readLauncherEnvironment({ RANK: '0', MASTER_ADDR: 'host0' })).toThrow(
      "'external_launcher' needs WORLD_SIZE, LOCAL_RANK, MASTER_PORT in the environment",
    );
  });

  it('refuses a rank outside of the world', () => {
    expect(() => readLauncherEnvironment({ ...launched, RANK: '4' })).toThrow(
      'RANK must be an integer from 0 to 3, got "4".',
    );
  });
});
