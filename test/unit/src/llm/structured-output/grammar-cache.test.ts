import { GrammarCache } from '../../../../../src/llm/structured-output/grammar-cache.js';
import { ebnf, SequenceBackend } from './fake-grammar.js';

function createCache(maxGrammars?: number) {
  const events: string[] = [];
  const cache = new GrammarCache(async ({ spellings }) => {
    events.push(`load ${spellings.length} tokens`);
    return new SequenceBackend(events);
  }, maxGrammars);
  cache.setVocabulary({ spellings: ['a', 'b'], eosTokenIds: [1] });
  return { cache, events };
}

describe('GrammarCache', () => {
  it('loads the backend with the first grammar and compiles each grammar once', async () => {
    const { cache, events } = createCache();
    expect(events).toEqual([]);
    for (const source of ['0', '1', '0']) await cache.createOutputGrammar(ebnf(source));
    expect(events).toEqual(['load 2 tokens', 'compile 0', 'compile 1']);
  });

  it('gives every output a state of its own', async () => {
    const { cache } = createCache();
    const [first, second] = [
      await cache.createOutputGrammar(ebnf('0 1')),
      await cache.createOutputGrammar(ebnf('0 1')),
    ];
    first.accept(0);
    expect([first.nextTokenBitmask()[0], second.nextTokenBitmask()[0]]).toEqual([0b10, 0b01]);
  });

  it('lets go of the grammar that was not used for longest', async () => {
    const { cache, events } = createCache(2);
    for (const source of ['0', '1', '0', '1 0']) await cache.createOutputGrammar(ebnf(source));
    expect(events.at(-1)).toBe('dispose 1');
    expect([cache.has(ebnf('0')), cache.has(ebnf('1')), cache.has(ebnf('1 0'))]).toEqual([true, false, true]);
  });

  it('asks a new backend after one that failed', async () => {
    const { cache, events } = createCache();
    await expect(cache.createOutputGrammar(ebnf('bad'))).rejects.toThrow('no grammar');
    await cache.createOutputGrammar(ebnf('0'));
    expect(events).toEqual(['load 2 tokens', 'compile bad', 'load 2 tokens', 'compile 0']);
  });
});
