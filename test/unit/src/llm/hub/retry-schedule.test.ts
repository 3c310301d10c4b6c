import { isPassingStatus, parseRetryAfter, retryDelayMs } from '../../../../../src/llm/hub/retry-schedule.js';

describe('isPassingStatus', () => {
  it.each([408, 429, 500, 502, 503, 504])('is so of %d', (status) => {
    expect(isPassingStatus(status)).toBe(true);
  });

  it.each([200, 400, 401, 403, 404, 416, 501])('is not so of %d', (status) => {
    expect(isPassingStatus(status)).toBe(false);
  });
});

describe('parseRetryAfter', () => {
  const NOW = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

  it('reads seconds', () => {
    expect(parseRetryAfter('12', NOW)).toBe(12_000);
    expect(parseRetryAfter('0', NOW)).toBe(0);
  });

  it('reads a date, and one that is over as no wait', () => {
    expect(parseRetryAfter('Wed, 21 Oct 2026 07:28:05 GMT', NOW)).toBe(5000);
    expect(parseRetryAfter('Wed, 21 Oct 2026 07:27:00 GMT', NOW)).toBe(0);
  });

  it('waits five minutes at most', () => {
    expect(parseRetryAfter('86400', NOW)).toBe(300_000);
  });

  it.each([null, '', 'soon', '-'])('makes nothing of %j', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined();
  });
});

describe('retryDelayMs', () => {
  it('doubles up to eight seconds', () => {
    expect([0, 1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, 0.5))).toEqual([1000, 2000, 4000, 8000, 8000]);
  });

  it('is spread by a quarter to both sides', () => {
    expect(retryDelayMs(2, 0)).toBe(3000);
    expect(retryDelayMs(2, 0.999_999)).toBe(5000);
  });

  it('is what the server asks for', () => {
    expect(retryDelayMs(3, 0.9, 250)).toBe(250);
  });
});
