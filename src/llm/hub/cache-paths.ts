import { join, relative } from 'node:path';
import { InvalidArgumentError } from '../../core/index.js';

/** Where the cache keeps what of one repository; the layout is that of Python's huggingface_hub. */
export interface CachePaths {
  /** Contents, each named by its etag. */
  blob(etag: string): string;
  /** What of a blob has come so far. */
  incompleteBlob(etag: string): string;
  /** Held while a blob is written. */
  lock(etag: string): string;
  /** Text: the commit that a branch or tag pointed to when it was last asked for. */
  ref(revision: string): string;
  /** The model's folder as of a commit: links into the blobs. */
  snapshot(commit: string): string;
  /** What a snapshot's link to a blob holds; relative, so that the cache can be moved. */
  linkTarget(etag: string, commit: string): string;
}

/** @throws {InvalidArgumentError} for a revision that would leave the folder of references. */
export function cachePaths(cacheDir: string, repoId: string): CachePaths {
  const folderName = `models--${repoId.replaceAll('/', '--')}`;
  const folder = join(cacheDir, folderName);
  const blob = (etag: string): string => join(folder, 'blobs', etag);
  const snapshot = (commit: string): string => join(folder, 'snapshots', commit);
  return {
    blob,
    incompleteBlob: (etag) => `${blob(etag)}.incomplete`,
    lock: (etag) => join(cacheDir, '.locks', folderName, `${etag}.lock`),
    ref: (revision) => join(folder, 'refs', checkRevision(revision)),
    snapshot,
    linkTarget: (etag, commit) => relative(snapshot(commit), blob(etag)),
  };
}

/** Branches may have slashes in their names. */
function checkRevision(revision: string): string {
  const parts = revision.split('/');
  if (!parts.some((part) => part === '' || part === '.' || part === '..') && !/[\\\0]/.test(revision)) return revision;
  throw new InvalidArgumentError(`revision must be a branch, a tag or a commit, got ${JSON.stringify(revision)}.`);
}
