import { SessionMonitor } from '../../../../head/membership/session-monitor.js';
import { type NodeId, systemClock } from '../../../../src/core/index.js';

const [a, b] = ['a' as NodeId, 'b' as NodeId];
const timeouts = { leaseMs: 10_000, reconnectMs: 2_000 };

describe('SessionMonitor', () => {
  let expired: string[];
  let monitor: SessionMonitor<NodeId>;

  beforeEach(() => {
    jest.useFakeTimers();
    expired = [];
    monitor = new SessionMonitor(timeouts, systemClock, (id, reason) => expired.push(`${id}: ${reason}`));
  });

  afterEach(() => {
    monitor.close();
    jest.useRealTimers();
  });

  it('reports a silent peer once, and leaves the others alone', () => {
    monitor.heard(a);
    monitor.heard(b);
    jest.advanceTimersByTime(9_000);
    monitor.heard(b);
    jest.advanceTimersByTime(9_000);
    expect(expired).toEqual([expect.stringMatching(/^a: nothing was heard/)]);
    expect(monitor.has(a)).toBe(false);
    expect(monitor.has(b)).toBe(true);
  });

  it('reports a peer that closed its stream sooner, unless it comes back', () => {
    monitor.heard(a);
    monitor.heard(b);
    monitor.detached(a);
    monitor.detached(b);
    jest.advanceTimersByTime(1_000);
    monitor.heard(b);
    jest.advanceTimersByTime(2_000);
    expect(expired).toEqual([expect.stringMatching(/^a: its connection closed/)]);
  });

  it('knows no session of a peer that was only detached', () => {
    monitor.detached(a);
    jest.advanceTimersByTime(60_000);
    expect(expired).toEqual([]);
  });

  it('reports nobody that is forgotten, and nobody after it is closed', () => {
    monitor.heard(a);
    monitor.heard(b);
    monitor.forget(a);
    monitor.close();
    jest.advanceTimersByTime(60_000);
    expect(expired).toEqual([]);
  });

  it('takes a peer that is added while another expires', () => {
    const onExpired = (): void => monitor.heard(b);
    monitor.close();
    monitor = new SessionMonitor(timeouts, systemClock, onExpired);
    monitor.heard(a);
    jest.advanceTimersByTime(10_400);
    expect(monitor.has(b)).toBe(true);
  });

  it('waits a whole lease for a peer of an earlier head', () => {
    monitor.expect(a);
    monitor.expect(b);
    jest.advanceTimersByTime(9_000);
    monitor.heard(b);
    jest.advanceTimersByTime(2_000);
    expect(expired).toEqual([expect.stringMatching(/^a: it did not come back within 10\.\d s of the head's restart/)]);
  });

  it('holds nobody else to the time in which the head itself stood still', () => {
    const now = jest.spyOn(systemClock, 'now');
    monitor.heard(a);
    monitor.detached(a);
    monitor.heard(b);
    now.mockImplementation(() => performance.now() + 60_000);
    jest.advanceTimersByTime(1_500);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(1_000);
    expect(expired).toEqual([expect.stringMatching(/^a: its connection closed/)]);
    now.mockRestore();
  });
});
