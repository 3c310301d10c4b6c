import type { GrammarMatcher } from '../../../../../src/llm/structured-output/grammar-backend.js';
import { OutputGrammar } from '../../../../../src/llm/structured-output/output-grammar.js';
import { SequenceMatcher } from './fake-grammar.js';

const outputGrammar = (matcher: GrammarMatcher) => new OutputGrammar(matcher, 40, [2, 39]);

const allowedBy = (grammar: OutputGrammar): number[] => {
  const bitmask = grammar.nextTokenBitmask();
  return Array.from({ length: 40 }, (_, id) => id).filter((id) => (bitmask[id >> 5]! >>> (id & 31)) & 1);
};

describe('OutputGrammar', () => {
  it('allows what its matcher allows', () => {
    const grammar = outputGrammar(new SequenceMatcher([33, 31, 2]));
    expect(allowedBy(grammar)).toEqual([33]);
    grammar.accept(33);
    expect(allowedBy(grammar)).toEqual([31]);
  });

  it('allows nothing but end tokens after the end', () => {
    const grammar = outputGrammar(new SequenceMatcher([2]));
    grammar.accept(2);
    grammar.accept(39);
    expect(allowedBy(grammar)).toEqual([2, 39]);
    expect(grammar.failure).toBeUndefined();
  });

  it('fails, allowing everything, with a token that is not allowed', () => {
    const grammar = outputGrammar(new SequenceMatcher([33, 2]));
    grammar.accept(5);
    expect(grammar.failure?.message).toContain('could not take token 5');
    expect(allowedBy(grammar)).toHaveLength(40);
  });

  it('keeps the first failure of its matcher for itself', () => {
    const matcher = new SequenceMatcher([33, 2]);
    matcher.fillNextTokenBitmask = () => {
      throw new Error('out of memory');
    };
    const grammar = outputGrammar(matcher);
    expect(allowedBy(grammar)).toHaveLength(40);
    grammar.accept(5);
    expect(grammar.failure?.message).toContain('out of memory');
  });
});
