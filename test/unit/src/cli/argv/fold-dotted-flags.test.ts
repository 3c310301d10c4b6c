import { foldDottedFlags } from '../../../../../src/cli/argv/fold-dotted-flags.js';

describe('foldDottedFlags', () => {
  it('gathers the keys of a flag, with values behind or attached', () => {
    expect(foldDottedFlags(['--a', '--dict.x', '5', '--dict.y=word', 'b', '--dict.z.w', 'true'])).toEqual([
      '--a',
      'b',
      '--dict={"x":5,"y":"word","z":{"w":true}}',
    ]);
  });

  it('adds them to the object of the flag itself, where later ones win', () => {
    const expected = ['--dict={"x":2,"y":3}'];
    expect(foldDottedFlags(['--dict', '{"x":1,"y":3}', '--dict.x', '2'])).toEqual(expected);
    expect(foldDottedFlags(['--dict={"x":1,"y":3}', '--dict.x=2'])).toEqual(expected);
  });

  it('takes a key without a value for true', () => {
    expect(foldDottedFlags(['--dict.x', '--dict.y'])).toEqual(['--dict={"x":true,"y":true}']);
  });

  it('leaves arguments without dotted keys as they are', () => {
    const args = ['--a', '5', '--file', 'x.y', '--dict', '3', '--url=http://a.b'];
    expect(foldDottedFlags(args)).toEqual(args);
  });

  it('refuses keys beside a value that is no object', () => {
    expect(() => foldDottedFlags(['--dict', '3', '--dict.mode', '2'])).toThrow(
      '--dict 3 can not be combined with --dict.KEY: give one of them.',
    );
  });
});
