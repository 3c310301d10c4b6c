import { Command } from 'commander';
import { configFileFlags } from '../../../../../src/cli/argv/config-file-flags.js';
import { generateCommand } from '../../../../../src/cli/commands/generate.js';

const flagsOf = (text: string): string[] => configFileFlags({ path: 'engine.yaml', text }, generateCommand().options);

describe('configFileFlags', () => {
  it('makes a flag of every line, whichever way its key is written', () => {
    expect(flagsOf('model: m # a folder\ntensor-parallel-size: 2\nmax_model_len: 64\nmaxNumSeqs: 4\n')).toEqual([
      '--model=m',
      '--tensor-parallel-size=2',
      '--max-model-len=64',
      '--max-num-seqs=4',
    ]);
  });

  it('turns on what is true and off what is false', () => {
    expect(flagsOf('enable-prefix-caching: false\nenable-dbo: true\njson: false')).toEqual([
      '--no-enable-prefix-caching',
      '--enable-dbo',
    ]);
  });

  it('writes objects as JSON, and lists as a flag for each where a flag may be repeated', () => {
    expect(flagsOf('eplb-config:\n  window_size: 5\nstop: [a, "b c"]')).toEqual([
      '--eplb-config={"window_size":5}',
      '--stop=a',
      '--stop=b c',
    ]);
  });

  it('is empty for an empty file', () => {
    expect(flagsOf('# nothing\n')).toEqual([]);
  });

  it.each([
    [
      'model: m\n\ntensor-paralel-size: 2',
      'engine.yaml:3: unknown key tensor-paralel-size. Did you mean tensor-parallel-size?',
    ],
    ['zebra: 2', 'engine.yaml:1: unknown key zebra. Keys are the long flags of the command: see --help.'],
    ['config: other.yaml', 'engine.yaml:1: unknown key config.'],
    ['model:', 'engine.yaml:1: model has no value.'],
    ['seed: 1\nenable-dbo: 3', 'engine.yaml:2: enable-dbo must be true or false.'],
    ['max-num-seqs: [1, 2]', 'engine.yaml:1: max-num-seqs must be one value, got a list.'],
    ['model: m\nmodel: n', 'engine.yaml:2: Map keys must be unique'],
    ['model: "m', 'engine.yaml:1: Missing closing'],
    ['- model', 'engine.yaml: a file of flags has a line for each'],
    ['model', 'engine.yaml: a file of flags has a line for each'],
  ])('refuses %j', (text, message) => {
    expect(() => flagsOf(text)).toThrow(message);
  });

  it('knows the flags of the command it is for, and no others', () => {
    expect(() => configFileFlags({ path: 'f', text: 'model: m' }, new Command().option('--json').options)).toThrow(
      'f:1: unknown key model.',
    );
  });
});
