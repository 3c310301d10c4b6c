import { addFound, learnAddresses, leaveAddress, splitAddresses } from '../../../../src/rpc/head-addresses.js';

const at = (current: string, ...known: string[]) => ({ known, current });

describe('where the head may be', () => {
  it('is what the head said, and at last what the user gave', () => {
    expect(learnAddresses(at('dns:1', 'dns:1'), ['a:1', 'b:1'], ['dns:1'])).toEqual(at('dns:1', 'a:1', 'b:1', 'dns:1'));
  });
  it('is the present head when the address in use is no longer one', () => {
    expect(learnAddresses(at('old:1', 'old:1', 'a:1'), ['b:1', 'c:1'], ['a:1'])).toEqual(
      at('b:1', 'b:1', 'c:1', 'a:1'),
    );
  });
  it('goes round when an address does not answer', () => {
    const first = at('a:1', 'a:1', 'b:1');
    expect(leaveAddress(first, 'a:1').current).toBe('b:1');
    expect(leaveAddress(leaveAddress(first, 'a:1'), 'b:1').current).toBe('a:1');
  });
  it('stays when another call has left the failed address before', () => {
    expect(leaveAddress(at('b:1', 'a:1', 'b:1'), 'a:1').current).toBe('b:1');
  });
  it('stays when there is no other', () => {
    expect(leaveAddress(at('a:1', 'a:1'), 'a:1').current).toBe('a:1');
  });
  it('is each of a list', () => {
    expect(splitAddresses('a:1, b:2,')).toEqual(['a:1', 'b:2']);
  });
  it('is where others have found it, once the present address is left', () => {
    const found = addFound(at('a:1', 'b:1', 'a:1', 'c:1'), ['c:1', 'd:1']);
    expect(found).toEqual(at('a:1', 'b:1', 'a:1', 'd:1', 'c:1'));
    expect(leaveAddress(found, 'a:1').current).toBe('d:1');
  });
});
