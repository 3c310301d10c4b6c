import { Command } from 'commander';
import { addEngineFlags, type EngineFlags, engineArgsOf } from '../../../../src/cli/engine-flags.js';
import { resolveEngineArgs } from '../../../../src/llm/config/engine-args.js';

function parse(...args: string[]): EngineFlags {
  const command = addEngineFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return engineArgsOf(command.parse(args, { from: 'user' }).opts<EngineFlags>());
}

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

  it("have vLLM's names for all of distributed inference", () => {
    const ranks = ['--data-parallel-size', '4', '--data-parallel-size-local', '0', '--data-parallel-start-rank', '0'];
    const hosts = ['-n', '2', '-r', '1', '--master-addr', 'host0', '--master-port', '4000', '--headless'];
    expect(parse('--model', 'm', ...ranks, ...hosts)).toEqual({
      model: 'm',
      dataParallelSize: 4,
      dataParallelSizeLocal: 0,
      dataParallelStartRank: 0,
      nnodes: 2,
      nodeRank: 1,
      masterAddr: 'host0',
      masterPort: 4000,
      headless: true,
    });
  });

  it("take EPLB's options with vLLM's keys or the engine's", () => {
    expect(parse('--model', 'm', '--eplb-config', '{"window_size": 5, "useAsync": true}').eplbConfig).toEqual({
      windowSize: 5,
      useAsync: true,
    });
    expect(() => parse('--model', 'm', '--eplb-config', '5')).toThrow(/--eplb-config.*must be a JSON object/);
  });

  it('take a compilation level alone, attached to its letter, or as the mode of an object', () => {
    expect(parse('--model', 'm', '--compilation-config', '3').compilationConfig).toBe(3);
    expect(parse('--model', 'm', '-O0').compilationConfig).toBe(0);
    const object = parse('--model', 'm', '--compilation-config', '{"mode": 1}');
    expect(resolveEngineArgs(object).compilationConfig).toBe(1);
    expect(() => parse('--model', 'm', '--compilation-config', '{mode}')).toThrow(
      'compilationConfig must be 0, 1, 2 or 3',
    );
  });

  it('have numbers of tokens with suffixes, of thousands and of 1024s', () => {
    const args = parse('--model', 'm', '--max-model-len', '25.6k', '--max-num-batched-tokens', '4K');
    expect(args).toMatchObject({ maxModelLen: 25_600, maxNumBatchedTokens: 4096 });
    expect(() => parse('--model', 'm', '--max-model-len', '1.0001k')).toThrow(/must be a whole number/);
  });

  it('need a model, and numbers where numbers belong', () => {
    expect(() => parse()).toThrow(/--model/);
    expect(() => parse('--model', 'm', '--max-num-seqs', '1.5')).toThrow(/--max-num-seqs.*must be a whole number/);
    expect(() => parse('--model', 'm', '--cpus-per-worker', 'half')).toThrow(/must be a number, got 'half'/);
  });
});
