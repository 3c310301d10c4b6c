import { inspect } from 'node:util';
import { ObjectEntry } from '../../../../../src/runtime/objects/object-entry.js';
import { isObjectRef, ObjectRef } from '../../../../../src/runtime/objects/object-ref.js';

const entry = ObjectEntry.numbered('a'.repeat(28), 10, { origin: 'put' });

describe('ObjectRef', () => {
  it('has an id of its owner and a number', () => {
    expect(new ObjectRef(entry).id).toBe(`${'a'.repeat(28)}0000000a`);
  });

  it('shows its id and what is known of its object', () => {
    expect(inspect({ ref: new ObjectRef(entry) })).toContain(`ObjectRef(${entry.id}, pending)`);
  });

  it('is known as one, and nothing else is', () => {
    expect(isObjectRef(new ObjectRef(entry))).toBe(true);
    expect([null, undefined, 1, {}, entry].filter(isObjectRef)).toEqual([]);
    expect(new ObjectRef(entry) instanceof ObjectRef).toBe(true);
    expect({} instanceof ObjectRef).toBe(false);
  });
});
