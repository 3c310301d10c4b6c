import fc from 'fast-check';
import { OrderedText } from '../../../../src/cli/ordered-text.js';

describe('OrderedText', () => {
  let written: string;
  const create = (numTexts: number): OrderedText => {
    written = '';
    return new OrderedText(numTexts, (piece) => {
      written += piece;
    });
  };

  it('writes the first text as it comes, and the next ones from where they are when their turn comes', () => {
    const texts = create(2);
    texts.add(1, 'second ');
    texts.add(0, 'fir');
    expect(written).toBe('fir');
    texts.add(0, 'st');
    texts.finish(0);
    expect(written).toBe('first\n\nsecond ');
    texts.add(1, 'text');
    texts.finish(1);
    expect(written).toBe('first\n\nsecond text\n');
  });

  it('writes texts that were finished out of order in order', () => {
    const texts = create(3);
    for (const index of [2, 1, 0]) {
      texts.add(index, `text ${index}`);
      texts.finish(index);
    }
    expect(written).toBe('text 0\n\ntext 1\n\ntext 2\n');
  });

  it('writes the same in the end, however the pieces come', () => {
    const steps = fc.array(fc.tuple(fc.nat(2), fc.constantFrom('a', 'b', 'c')), { maxLength: 30 });
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    fc.assert(
      fc.property(steps, order, (pieces, finished) => {
        const texts = create(3);
        for (const [index, piece] of pieces) texts.add(index, piece);
        for (const index of finished) texts.finish(index);
        const whole = [0, 1, 2].map((n) => pieces.flatMap(([index, piece]) => (index === n ? [piece] : [])).join(''));
        expect(written).toBe(`${whole.join('\n\n')}\n`);
      }),
    );
  });
});
