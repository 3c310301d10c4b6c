import { Command } from 'commander';
import { addEngineFlags, type EngineFlags, engineArgsOf, expandShortFlags } from '../../../../src/cli/engine-flags.js';

const expand = (...args: string[]): string[] => expandShortFlags(['node', 'ray-ts', ...args]).slice(2);

function parse(...args: string[]): EngineFlags {
  const command = addEngineFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return engineArgsOf(command.parse(args, { from: 'user' }).opts<EngineFlags>());
}

describe("vLLM's two-letter flags", () => {
  it('stand for the long ones, with a value behind or attached', () => {
    expect(expand('generate', '-tp', '2', '-pp=3')).toEqual([
      'generate',
      '--tensor-parallel-size',
      '2',
      '--pipeline-parallel-size=3',
    ]);
  });

  it('are nothing else: other flags and values stay as they are', () => {
    const args = ['generate', '-t', '-tpx', '--prompt', 'a=b', '--tp'];
    expect(expand(...args)).toEqual(args);
  });

  it("are left alone among the arguments of a user's program", () => {
    const args = ['run', 'driver.ts', '-tp', '2', '-pp=3'];
    expect(expand(...args)).toEqual(args);
  });
});

describe('engine flags', () => {
  it('become engine arguments, and only those that were given', () => {
    expect(parse('--model', 'm')).toEqual({ model: 'm' });
    expect(
      parse(
        ...['--model', 'm', '--tensor-parallel-size', '2', '--pipeline-parallel-size', '3'],
        ...['--distributed-executor-backend', 'ray', '--max-model-len', '128', '--max-num-seqs', '4'],
        ...['--max-num-batched-tokens', '64', '--device', 'cpu', '--cpus-per-worker', '0.5', '--load-format', 'dummy'],
      ),
    ).toEqual({
      model: 'm',
      tensorParallelSize: 2,
      pipelineParallelSize: 3,
      distributedExecutorBackend: 'ray',
      maxModelLen: 128,
      maxNumSeqs: 4,
      maxNumBatchedTokens: 64,
      device: 'cpu',
      cpusPerWorker: 0.5,
      loadFormat: 'dummy',
    });
  });

  it('turn on and off what vLLM has a pair of flags for', () => {
    const flags = ['--no-enable-prefix-caching', '--enable-chunked-prefill', '--scheduling-policy', 'priority'];
    expect(parse('--model', 'm', ...flags, '--cpu-kvcache-space', '0.5', '--max-logprobs', '-1')).toEqual({
      model: 'm',
      enablePrefixCaching: false,
      enableChunkedPrefill: true,
      schedulingPolicy: 'priority',
      cpuKvcacheSpace: 0.5,
      maxLogprobs: -1,
    });
  });

  it('need a model, and numbers where numbers belong', () => {
    expect(() => parse()).toThrow(/--model/);
    expect(() => parse('--model', 'm', '--max-num-seqs', '1.5')).toThrow(/--max-num-seqs.*must be a whole number/);
    expect(() => parse('--model', 'm', '--cpus-per-worker', 'half')).toThrow(/must be a number, got 'half'/);
  });
});
