import type { ApiSuite } from './api-suite.js';

const LARGE_LENGTH = 100_000;

export const objects: ApiSuite = {
  name: 'objects that are lent between nodes',
  driver: 'objects',
  args: (numNodes) => [`${numNodes}`],
  facts: (printed) => {
    it('keeps an object for an actor that was lent a ref inside of a value, when the driver has let go of its own', () => {
      expect(printed()['putLent']).toEqual({ collected: true, sum: 3 * LARGE_LENGTH });
      expect(printed()['resultLent']).toEqual({ collected: true, sum: 5 * LARGE_LENGTH });
    });
    it('keeps an object that was passed on, when the actor that passed it on is gone as well', () => {
      expect(printed()['passedOn']).toEqual({ collected: true, sum: 7 * LARGE_LENGTH });
    });
    it('reads what an actor put, and says that its owner died when the actor did', () => {
      expect(printed()['madeByActor']).toBe(2 * LARGE_LENGTH);
      const died = {
        code: 'RAY_OWNER_DIED',
        details: { objectId: expect.any(String), ownerWorkerId: expect.any(String) },
      };
      expect(printed()['ownerDied']).toMatchObject(died);
      expect(printed()['argumentOfDeadOwner']).toMatchObject({ code: 'RAY_OWNER_DIED' });
    });
    it('says to everybody of an object that was freed that it was', () => {
      const freed = { code: 'RAY_OBJECT_LOST', details: { reason: 'freed' } };
      expect(printed()['freed']).toMatchObject({ here: freed, borrower: freed });
    });
    it('gives a ref for each of the values that a task returns', () => {
      expect(printed()['several']).toEqual(['small', 2 * LARGE_LENGTH, true]);
    });
  },
};
