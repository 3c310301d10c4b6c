import { expiryReason } from '../../../../head/membership/sessions.js';

const timeouts = { leaseMs: 10_000, reconnectMs: 2_000 };

describe('expiryReason', () => {
  it('lets an attached peer live while it is heard from within the lease', () => {
    expect(expiryReason({ state: 'attached', lastHeardMs: 0 }, timeouts, 10_000)).toBeUndefined();
  });

  it('ends an attached peer that is silent for longer, and says for how long', () => {
    const reason = expiryReason({ state: 'attached', lastHeardMs: 0 }, timeouts, 12_345);
    expect(reason).toBe('nothing was heard from it for 12.3 s');
  });

  it('gives a detached peer the time to reconnect, however long it was silent before', () => {
    expect(expiryReason({ state: 'detached', sinceMs: 50_000 }, timeouts, 52_000)).toBeUndefined();
  });

  it('ends a detached peer that does not come back', () => {
    const reason = expiryReason({ state: 'detached', sinceMs: 50_000 }, timeouts, 52_001);
    expect(reason).toBe('its connection closed and it did not come back within 2.0 s');
  });
});
