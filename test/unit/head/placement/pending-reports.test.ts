import { PendingReports, type Waiter } from '../../../../head/placement/pending-reports.js';

describe('PendingReports', () => {
  let told: string[];
  let reason: string;
  let numExplained: number;
  const reports = () => new PendingReports();
  const waiter = (id: string, sinceMs = 0): Waiter => ({
    id,
    sinceMs,
    explain: () => {
      numExplained++;
      return reason;
    },
    tell: (why) => told.push(`${id}: ${why}`),
  });

  beforeEach(() => {
    told = [];
    reason = 'busy';
    numExplained = 0;
  });

  it('tells why somebody waits after five seconds, and not before', () => {
    const pending = reports();
    pending.tick([waiter('a'), waiter('b', 2_000)], 4_999);
    expect(told).toEqual([]);
    pending.tick([waiter('a'), waiter('b', 2_000)], 5_000);
    expect(told).toEqual(['a: busy']);
  });

  it('tells again when the reason has changed, at most every five seconds', () => {
    const pending = reports();
    pending.tick([waiter('a')], 5_000);
    reason = 'busier';
    pending.tick([waiter('a')], 9_000);
    expect(told).toEqual(['a: busy']);
    pending.tick([waiter('a')], 10_000);
    pending.tick([waiter('a')], 60_000);
    expect(told).toEqual(['a: busy', 'a: busier']);
  });

  it('begins anew with one that waits again', () => {
    const pending = reports();
    pending.tick([waiter('a')], 5_000);
    pending.tick([], 6_000);
    pending.tick([waiter('a', 6_000)], 11_000);
    expect(told).toEqual(['a: busy', 'a: busy']);
  });

  it('works out a hundred explanations at a time, and gets to everybody', () => {
    const pending = reports();
    const many = Array.from({ length: 250 }, (_, index) => waiter(`w${index}`));
    pending.tick(many, 5_000);
    expect(numExplained).toBe(100);
    pending.tick(many, 5_500);
    pending.tick(many, 6_000);
    expect(new Set(told).size).toBe(250);
  });
});
