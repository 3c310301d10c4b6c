import { cacheError, isFileError } from '../../../../../src/llm/hub/cache-error.js';

const failure = (code: string, syscall: string) =>
  Object.assign(new Error(`${code}: it failed, ${syscall}`), { code, syscall });

describe('isFileError', () => {
  it('tells failures of files from those of the network', () => {
    expect(isFileError(failure('EACCES', 'mkdir'))).toBe(true);
    expect(isFileError(new TypeError('fetch failed', { cause: failure('ECONNRESET', 'read') }))).toBe(false);
    expect(isFileError('EACCES')).toBe(false);
  });
});

describe('cacheError', () => {
  it.each(['ENOSPC', 'EDQUOT'])('says of %s that the disk is full and nothing is lost', (code) => {
    expect(cacheError('/cache', failure(code, 'write')).message).toMatch(
      /^The disk of the cache \/cache is full\. What has come is kept.*--download-dir/,
    );
  });

  it('says of other failures which', () => {
    const cause = failure('EROFS', 'mkdir');
    const error = cacheError('/cache', cause);
    expect(error.message).toMatch(/^The cache \/cache can't be used: EROFS: it failed, mkdir\. .*HF_HUB_CACHE\.$/);
    expect(error.cause).toBe(cause);
  });
});
