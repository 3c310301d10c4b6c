import { expandShortFlags } from '../../../../../src/cli/argv/expand-short-flags.js';

describe("vLLM's short flags", () => {
  it('stand for the long ones, with a value behind or attached', () => {
    expect(expandShortFlags(['-tp', '2', '-pp=3', '-dpl', '0', '-dph'])).toEqual([
      ...['--tensor-parallel-size', '2', '--pipeline-parallel-size=3'],
      ...['--data-parallel-size-local', '0', '--data-parallel-hybrid-lb'],
    ]);
  });

  it('keep a key that follows them', () => {
    expect(expandShortFlags(['-cc.mode=3', '-O.level', '2'])).toEqual([
      '--compilation-config.mode=3',
      '--compilation-config.level',
      '2',
    ]);
  });

  it('are nothing else: other flags and values stay as they are', () => {
    const args = ['-t', '-tpx', '-n', '2', '-O3', '--prompt', 'a=b', '--tp', 'a_b', '--stop=x_y', 'a -tp b'];
    expect(expandShortFlags(args)).toEqual(args);
  });
});

describe('underscores in the names of flags', () => {
  it('are dashes; in values and keys they stay', () => {
    expect(expandShortFlags(['--max_model_len=5', '--eplb_config.window_size', 'a_b'])).toEqual([
      '--max-model-len=5',
      '--eplb-config.window_size',
      'a_b',
    ]);
  });
});
