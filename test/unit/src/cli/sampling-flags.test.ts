import { Command } from 'commander';
import { addSamplingFlags, type SamplingFlags, samplingParamsOf } from '../../../../src/cli/sampling-flags.js';

function parse(...args: string[]) {
  const command = addSamplingFlags(new Command('x'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return samplingParamsOf(command.parse(args, { from: 'user' }).opts<SamplingFlags>());
}

describe('sampling flags', () => {
  it('say nothing of what is not given, so that defaults apply', () => {
    expect(parse()).toEqual({});
  });

  it('become parameters of the same names', () => {
    expect(parse('--temperature', '0.5', '--top-k', '-1', '--n', '2', '--seed', '7', '--ignore-eos')).toEqual({
      temperature: 0.5,
      topK: -1,
      n: 2,
      seed: 7,
      ignoreEos: true,
    });
  });

  it('collect what is given several times', () => {
    expect(parse('--stop', 'a', '--stop', 'b', '--stop-token-ids', '1,2', '--stop-token-ids', '3')).toEqual({
      stop: ['a', 'b'],
      stopTokenIds: [1, 2, 3],
    });
  });

  it('turn off what is on without them', () => {
    expect(parse('--no-skip-special-tokens', '--no-detokenize')).toEqual({
      skipSpecialTokens: false,
      detokenize: false,
    });
  });

  it.each([
    [['--json-schema', '{"type":"object"}'], { json: { type: 'object' } }],
    [['--json-object'], { jsonObject: true }],
    [['--regex', 'a+'], { regex: 'a+' }],
    [['--choice', 'yes', '--choice', 'no'], { choice: ['yes', 'no'] }],
    [['--grammar', 'root ::= "a"'], { grammar: 'root ::= "a"' }],
    [['--structural-tag', '{"type":"structural_tag"}'], { structuralTag: { type: 'structural_tag' } }],
    [['--json-object', '--disable-any-whitespace'], { jsonObject: true, disableAnyWhitespace: true }],
  ])('make structured outputs of %j', (args, structuredOutputs) => {
    expect(parse(...args)).toEqual({ structuredOutputs });
  });

  it('refuse two kinds of structure', () => {
    expect(() => parse('--regex', 'a', '--choice', 'b')).toThrow("cannot be used with option '--choice <text>'");
  });

  it('refuse what is no number', () => {
    expect(() => parse('--stop-token-ids', '1,x')).toThrow("got 'x'");
  });
});
