import { StandbyTable } from '../../../../head/membership/standby-table.js';

describe('the standbys of a head', () => {
  let now: number;
  let numChanges: number;
  let table: StandbyTable;
  beforeEach(() => {
    now = 0;
    numChanges = 0;
    table = new StandbyTable({ now: () => now }, () => numChanges++);
  });
  const addresses = () => table.list().map(({ address }) => address);

  it('are those that were heard lately, and a change is told when one comes or goes', () => {
    table.heard({ address: 'a:1', hostname: 'a' });
    table.heard({ address: 'b:1', hostname: 'b' });
    table.heard({ address: 'a:1', hostname: 'a' });
    expect([addresses(), numChanges]).toEqual([['a:1', 'b:1'], 2]);
    now = 9_000;
    table.heard({ address: 'b:1', hostname: 'b' });
    now = 11_000;
    table.expire();
    table.expire();
    expect([addresses(), numChanges]).toEqual([['b:1'], 3]);
  });
});
