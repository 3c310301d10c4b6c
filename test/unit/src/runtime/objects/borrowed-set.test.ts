import type { ObjectId } from '../../../../../src/core/index.js';
import { BorrowedSet } from '../../../../../src/runtime/objects/borrowed-set.js';

const a = 'a' as ObjectId;
const b = 'b' as ObjectId;
const nothing = { borrowed: [], returned: [], wanted: [] };

describe('BorrowedSet', () => {
  it('says each change once', () => {
    const refs = new BorrowedSet();
    refs.borrow(a);
    refs.borrow(b);
    refs.want(b);
    expect(refs.takeNews()).toEqual({ borrowed: [a, b], returned: [], wanted: [b] });
    expect(refs.takeNews()).toEqual(nothing);
    refs.giveBack(a);
    expect(refs.takeNews()).toEqual({ ...nothing, returned: [a] });
  });

  it('says nothing of what was borrowed and returned in between, or returned and borrowed', () => {
    const refs = new BorrowedSet();
    refs.borrow(a);
    refs.giveBack(a);
    expect(refs.takeNews()).toEqual(nothing);
    refs.borrow(b);
    refs.takeNews();
    refs.giveBack(b);
    refs.borrow(b);
    expect(refs.takeNews()).toEqual(nothing);
  });

  it('does not take the acknowledgement of an earlier borrow for that of a later one', () => {
    const refs = new BorrowedSet();
    for (const change of ['borrow', 'giveBack', 'borrow'] as const) {
      refs[change](a);
      refs.takeNews();
    }
    refs.acknowledge(a);
    expect(refs.isAcknowledged(a)).toBe(false);
    refs.acknowledge(a);
    expect(refs.isAcknowledged(a)).toBe(true);
  });

  it('says everything that still holds again on another stream', () => {
    const refs = new BorrowedSet();
    refs.borrow(a);
    refs.borrow(b);
    refs.want(a);
    refs.want(b);
    refs.takeNews();
    refs.acknowledge(a);
    refs.answered(b);
    refs.giveBack(b);
    refs.forgetTold();
    expect(refs.isAcknowledged(a)).toBe(false);
    expect(refs.takeNews()).toEqual({ borrowed: [a], returned: [], wanted: [a] });
  });

  it('is empty when the owner has heard of every return', () => {
    const refs = new BorrowedSet();
    refs.borrow(a);
    refs.takeNews();
    refs.giveBack(a);
    expect(refs.isEmpty).toBe(false);
    refs.takeNews();
    expect(refs.isEmpty).toBe(true);
  });
});
