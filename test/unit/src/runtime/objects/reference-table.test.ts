import fc from 'fast-check';
import type { ObjectId } from '../../../../../src/core/index.js';
import { type ReferenceEvent, ReferenceTable } from '../../../../../src/runtime/objects/reference-table.js';

const id = (n: number): ObjectId => `object-${n}` as ObjectId;
const add = { kind: 'local', change: 1 } as const;
const drop = { kind: 'local', change: -1 } as const;

describe('ReferenceTable', () => {
  it('lets an object go with its last reference, whatever kind it is of', () => {
    const table = new ReferenceTable();
    table.apply(id(1), add);
    table.apply(id(1), { kind: 'hold', change: 1 });
    table.apply(id(1), { kind: 'borrowed', workerId: 'b' });
    expect(table.apply(id(1), drop)).toEqual([]);
    expect(table.apply(id(1), { kind: 'hold', change: -1 })).toEqual([]);
    expect(table.apply(id(1), { kind: 'returned', workerId: 'b' })).toEqual([id(1)]);
    expect(table.size).toBe(0);
  });

  it('counts a borrower once, however often it borrows', () => {
    const table = new ReferenceTable();
    table.apply(id(1), { kind: 'borrowed', workerId: 'b' });
    table.apply(id(1), { kind: 'borrowed', workerId: 'b' });
    expect(table.apply(id(1), { kind: 'returned', workerId: 'b' })).toEqual([id(1)]);
  });

  it('does not take the return of what was not borrowed for a last reference', () => {
    const table = new ReferenceTable();
    expect(table.apply(id(1), { kind: 'returned', workerId: 'b' })).toEqual([]);
  });

  it('keeps what an object contains as long as the object, and all of a chain', () => {
    const table = new ReferenceTable();
    for (const n of [1, 2, 3]) table.apply(id(n), add);
    table.apply(id(1), { kind: 'contents', objectIds: [id(2)] });
    table.apply(id(2), { kind: 'contents', objectIds: [id(3)] });
    expect([table.apply(id(3), drop), table.apply(id(2), drop)]).toEqual([[], []]);
    expect(table.apply(id(1), drop)).toEqual([id(1), id(2), id(3)]);
  });

  it('keeps what the old and the new value of an object both contain', () => {
    const table = new ReferenceTable();
    for (const n of [1, 2, 3]) table.apply(id(n), add);
    table.apply(id(1), { kind: 'contents', objectIds: [id(2), id(3)] });
    for (const n of [2, 3]) table.apply(id(n), drop);
    expect(table.apply(id(1), { kind: 'contents', objectIds: [id(3)] })).toEqual([id(2)]);
    expect(table.get(id(3))?.numContainers).toBe(1);
  });
});

/** What may happen to objects 0..NUM_OBJECTS-1; an object contains only ones of lower numbers, which were there before it. */
const NUM_OBJECTS = 6;
const anyObject = fc.nat(NUM_OBJECTS - 1);
type Step =
  | { readonly of: number; readonly kind: 'local' | 'hold'; readonly change: 1 | -1 }
  | { readonly of: number; readonly kind: 'borrowed' | 'returned'; readonly workerId: string }
  /** Bit n of the subset: contains object n, if that is of a lower number and still there. */
  | { readonly of: number; readonly kind: 'contents'; readonly subset: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    of: anyObject,
    kind: fc.constantFrom('local' as const, 'hold' as const),
    change: fc.constantFrom(1 as const, -1 as const),
  }),
  fc.record({
    of: anyObject,
    kind: fc.constantFrom('borrowed' as const, 'returned' as const),
    workerId: fc.constantFrom('b', 'c'),
  }),
  fc.record({ of: anyObject, kind: fc.constant('contents' as const), subset: fc.nat(2 ** NUM_OBJECTS - 1) }),
);

interface ModelObject {
  readonly counts: { local: number; hold: number };
  readonly borrowers: Set<string>;
  contents: number[];
}

const isRoot = ({ counts, borrowers }: ModelObject): boolean =>
  counts.local > 0 || counts.hold > 0 || borrowers.size > 0;

/** By tracing from the roots, as a garbage collector would: no counts. */
function reachable(model: ReadonlyMap<number, ModelObject>): Set<number> {
  const seen = new Set<number>();
  const visit = (n: number): void => {
    if (seen.has(n)) return;
    seen.add(n);
    for (const inner of model.get(n)?.contents ?? []) visit(inner);
  };
  for (const [n, object] of model) if (isRoot(object)) visit(n);
  return seen;
}

/** Does to the model what a step says, if a process could do it now; returns the event for the table. */
function step(model: Map<number, ModelObject>, chosen: Step): ReferenceEvent | undefined {
  const isKnown = model.has(chosen.of);
  const object = model.get(chosen.of) ?? { counts: { local: 0, hold: 0 }, borrowers: new Set(), contents: [] };
  switch (chosen.kind) {
    case 'local':
    case 'hold':
      if (object.counts[chosen.kind] + chosen.change < 0) return undefined;
      object.counts[chosen.kind] += chosen.change;
      model.set(chosen.of, object);
      return { kind: chosen.kind, change: chosen.change };
    case 'borrowed':
      object.borrowers.add(chosen.workerId);
      model.set(chosen.of, object);
      return { kind: 'borrowed', workerId: chosen.workerId };
    case 'returned':
      object.borrowers.delete(chosen.workerId);
      return { kind: 'returned', workerId: chosen.workerId };
    case 'contents': {
      if (!isKnown) return undefined;
      object.contents = [...model.keys()].filter((n) => n < chosen.of && (chosen.subset >> n) & 1);
      return { kind: 'contents', objectIds: object.contents.map(id) };
    }
  }
}

describe('any order of adding, dropping, borrowing, returning and containing', () => {
  it('keeps what can be reached and lets go of the rest at once', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const table = new ReferenceTable();
        const model = new Map<number, ModelObject>();
        for (const chosen of steps) {
          const event = step(model, chosen);
          if (!event) continue;
          const gone = table.apply(id(chosen.of), event);
          const kept = reachable(model);
          const expected = [...model.keys()].filter((n) => !kept.has(n));
          expect([...gone].sort()).toEqual(expected.map(id).sort());
          for (const n of expected) model.delete(n);
          expect(table.size).toBe(kept.size);
        }
      }),
      { numRuns: 500 },
    );
  });
});
