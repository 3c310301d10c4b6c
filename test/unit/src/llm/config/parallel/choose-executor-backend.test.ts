import { type EngineArgs, resolveEngineArgs } from '../../../../../../src/llm/config/engine-args.js';
import {
  chooseExecutorBackend,
  type MachineFacts,
} from '../../../../../../src/llm/config/parallel/choose-executor-backend.js';

const ALONE: MachineFacts = { isConnected: false };
const choose = (args: Partial<EngineArgs>, worldSize: number, machine = ALONE) =>
  chooseExecutorBackend(resolveEngineArgs({ model: 'm', ...args }), worldSize, machine);

describe('chooseExecutorBackend', () => {
  it('does as it is told', () => {
    expect(choose({ distributedExecutorBackend: 'mp' }, 1)).toBe('mp');
    expect(choose({ distributedExecutorBackend: 'file.ts:Launcher' }, 4)).toBe('file.ts:Launcher');
  });

  it('runs one rank in this process, also in a cluster', () => {
    expect(choose({}, 1, { isConnected: true })).toBe('uni');
    expect(choose({ dataParallelBackend: 'ray' }, 1)).toBe('uni');
  });

  it('runs several on the cluster when the program is connected to one, or wants its copies or ranks there', () => {
    const placementGroup = { id: 'g', bundleSpecs: [{ CPU: 1 }] };
    expect(choose({}, 2, { isConnected: true })).toBe('ray');
    expect(choose({ dataParallelBackend: 'ray' }, 2)).toBe('ray');
    expect(choose({ placementGroup }, 2)).toBe('ray');
  });

  it('runs those of several hosts as processes, whatever the cluster', () => {
    expect(choose({ nnodes: 2 }, 2, { isConnected: true })).toBe('mp');
  });

  it('refuses more ranks on GPUs than the host has, naming the world size', () => {
    const machine = { isConnected: false, numGpus: 2 };
    expect(() => choose({ device: 'webgpu' }, 4, machine)).toThrow(
      'World size (4) is larger than the number of available GPUs (2) on this host.',
    );
    expect(() => choose({ device: 'webgpu' }, 2, machine)).not.toThrow();
    expect(() => choose({ device: 'webgpu' }, 4, { ...machine, isConnected: true })).not.toThrow();
    expect(() => choose({ device: 'cpu' }, 4, machine)).not.toThrow();
  });
});
