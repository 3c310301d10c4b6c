import { formatBytes, formatDownload } from '../../../../../src/llm/hub/format-download.js';

const HALF = {
  name: 'org/model',
  numFiles: 4,
  numFinished: 3,
  numBytes: 750_000_000,
  totalBytes: 1_500_000_000,
  newBytes: 500_000_000,
  elapsedMs: 10_000,
};

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_503_300_328, '1.5 GB'],
    [2e15, '2000.0 TB'],
  ])('writes %d as %s', (numBytes, text) => {
    expect(formatBytes(numBytes)).toBe(text);
  });
});

describe('formatDownload', () => {
  it('counts bytes of earlier processes as there, but not as speed', () => {
    expect(formatDownload(HALF)).toBe(
      'Downloading org/model: 3/4 files, 750.0 MB of 1.5 GB (50%), 50.0 MB/s, ETA 15 s',
    );
  });

  it.each([
    [50_000_000, 'ETA 3 min'],
    [500_000, 'ETA 4.2 h'],
  ])('with %d bytes in 10 s says %s', (newBytes, eta) => {
    expect(formatDownload({ ...HALF, newBytes })).toContain(eta);
  });

  it('promises nothing before anything came', () => {
    expect(formatDownload({ ...HALF, newBytes: 0 })).toMatch(/0\.0 MB\/s$/);
    expect(formatDownload({ ...HALF, newBytes: 0, elapsedMs: 0 })).toMatch(/0\.0 MB\/s$/);
  });

  it('has no rest when all is there', () => {
    expect(formatDownload({ ...HALF, numFinished: 4, numBytes: HALF.totalBytes })).toMatch(/\(100%\), 50\.0 MB\/s$/);
  });

  it('does not say 100% before the last byte', () => {
    expect(formatDownload({ ...HALF, numBytes: HALF.totalBytes - 1 })).toContain('(99%)');
  });
});
