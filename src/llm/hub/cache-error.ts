import { ModelLoadError } from '../../core/index.js';

/** Whether it is the failure of a call on files: those of fetch have theirs as a cause. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** Says of a cache that can't be read or written which folder it is, and what helps. */
export function cacheError(cacheDir: string, cause: NodeJS.ErrnoException): ModelLoadError {
  const isFull = cause.code === 'ENOSPC' || cause.code === 'EDQUOT';
  const what = isFull
    ? `The disk of the cache ${cacheDir} is full. What has come is kept: make room and run it again`
    : `The cache ${cacheDir} can't be used: ${cause.message}. Make it writable`;
  return new ModelLoadError(`${what}, or choose another folder with downloadDir (--download-dir) or HF_HUB_CACHE.`, {
    cause,
  });
}
