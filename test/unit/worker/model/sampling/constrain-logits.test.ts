import fc from 'fast-check';
import type { LogitConstraints } from '../../../../../src/llm/step-plan.js';
import { constrainLogits } from '../../../../../worker/model/sampling/constrain-logits.js';
import { applyBitmask } from '../../../../../worker/model/sampling/processors/apply-bitmask.js';
import { TokenHistory } from '../../../../../worker/model/sampling/token-history.js';
import { constraints } from './constraints-fixture.js';

const NEVER = Number.NEGATIVE_INFINITY;
const logits = Float32Array.of(4, -2, 3, 0, 1, -1);

/** The logits after all constraints, at the position that follows `position` tokens. */
function constrained(changes: Partial<LogitConstraints>, position = 0, bitmask?: Int32Array): number[] {
  const row = new Float32Array(logits.length);
  const given = constraints(changes);
  constrainLogits(row, logits, { constraints: given, history: new TokenHistory(given) }, position, bitmask);
  return [...row];
}

/** A bitmask that allows some tokens. */
const allowing = (...tokenIds: number[]): Int32Array =>
  Int32Array.of(tokenIds.reduce((mask, tokenId) => mask | (1 << tokenId), 0));

describe('constrainLogits', () => {
  it('leaves everything as it is without constraints, and the given logits in any case', () => {
    const before = [...logits];
    expect(constrained({})).toEqual(before);
    constrained({ biasedTokenIds: Int32Array.of(0), biases: Float32Array.of(5) });
    expect([...logits]).toEqual(before);
  });

  it('divides what was seen and is likely by the repetition penalty, and multiplies what is not', () => {
    const changes = { promptTokenIds: Int32Array.of(0, 1), outputTokenIds: Int32Array.of(5, 5) };
    expect(constrained({ repetitionPenalty: 2, ...changes })).toEqual([2, -4, 3, 0, 1, -2]);
  });

  it('subtracts the frequency penalty for every time, the presence penalty once, and neither for the prompt', () => {
    const changes = { promptTokenIds: Int32Array.of(4), outputTokenIds: Int32Array.of(2, 0, 2) };
    expect(constrained({ frequencyPenalty: 0.5, presencePenalty: 1, ...changes })).toEqual([2.5, -2, 1, 0, 1, -1]);
  });

  it('adds biases', () => {
    expect(constrained({ biasedTokenIds: Int32Array.of(3, 0), biases: Float32Array.of(7, -1) })).toEqual([
      3, -2, 3, 7, 1, -1,
    ]);
  });

  it('leaves only allowed tokens', () => {
    expect(constrained({ allowedTokenIds: Int32Array.of(1, 4) })).toEqual([NEVER, -2, NEVER, NEVER, 1, NEVER]);
  });

  it('keeps the end away until the sequence is long enough', () => {
    const changes = { endTokenIds: Int32Array.of(0, 2), minLength: 10 };
    expect(constrained(changes, 9)).toEqual([NEVER, -2, NEVER, 0, 1, -1]);
    expect(constrained(changes, 10)).toEqual([...logits]);
  });

  describe('with bad words', () => {
    const badWords = [Int32Array.of(0), Int32Array.of(3, 2), Int32Array.of(5, 3, 1)];

    it.each<[number[], number[]]>([
      [[], [0]],
      [[3], [0, 2]],
      [
        [5, 3],
        [0, 2, 1],
      ],
      [[3, 5], [0]],
      [[3, 4], [0]],
    ])('forbids after %j what would complete one', (output, forbidden) => {
      const row = constrained({ badWords, outputTokenIds: Int32Array.from(output) });
      expect(row.flatMap((logit, token) => (logit === NEVER ? [token] : [])).sort()).toEqual(forbidden.sort());
    });
  });

  it('penalizes after biases, which a forbidden token does not come back from', () => {
    const changes = {
      allowedTokenIds: Int32Array.of(0, 4),
      biasedTokenIds: Int32Array.of(2, 4),
      biases: Float32Array.of(100, 3),
      repetitionPenalty: 2,
      outputTokenIds: Int32Array.of(4),
    };
    expect(constrained(changes)).toEqual([4, NEVER, NEVER, NEVER, 2, NEVER]);
  });

  it('allows what the grammar allows of the rest', () => {
    expect(constrained({ allowedTokenIds: Int32Array.of(0, 1) }, 0, allowing(1, 2))).toEqual([
      NEVER,
      -2,
      NEVER,
      NEVER,
      NEVER,
      NEVER,
    ]);
  });

  describe('when the constraints leave nothing', () => {
    it('goes by the grammar alone', () => {
      expect(constrained({ allowedTokenIds: Int32Array.of(0) }, 0, allowing(1, 2))).toEqual([
        NEVER,
        -2,
        3,
        NEVER,
        NEVER,
        NEVER,
      ]);
    });

    it('goes by the allowed tokens alone without a grammar', () => {
      const changes = { allowedTokenIds: Int32Array.of(3), endTokenIds: Int32Array.of(3), minLength: 5 };
      expect(constrained(changes)).toEqual([NEVER, NEVER, NEVER, 0, NEVER, NEVER]);
    });

    it('goes by the model alone without either', () => {
      expect(constrained({ endTokenIds: Int32Array.of(0, 1, 2, 3, 4, 5), minLength: 5 })).toEqual([...logits]);
    });
  });
});

describe('applyBitmask', () => {
  it('makes the tokens impossible whose bits are 0, of any number', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 100 }), (allowed) => {
        const row = Float32Array.from(allowed, (_, token) => token);
        const bitmask = new Int32Array(Math.ceil(allowed.length / 32));
        for (const [token, isAllowed] of allowed.entries()) {
          if (isAllowed) bitmask[token >> 5]! |= 1 << (token & 31);
        }
        applyBitmask(row, bitmask);
        expect([...row]).toEqual(allowed.map((isAllowed, token) => (isAllowed ? token : NEVER)));
      }),
    );
  });
});
