import { createHash } from 'node:crypto';
import { BLOCK_SIZE } from './kv-block-accounting.js';

/** Stands for the parent of a first block (vLLM's NONE_HASH). Fixed, so that every run makes the same decisions. */
const NONE_HASH = createHash('sha256').update('ray-ts').digest('binary');

/** A salt, even an empty one, differs from none. */
const extraOf = (cacheSalt: string | undefined): string => (cacheSalt === undefined ? '' : `\u0001${cacheSalt}`);

function hashBlock(parent: string, tokenIds: readonly number[], extra: string): string {
  return createHash('sha256').update(parent, 'latin1').update(Int32Array.from(tokenIds)).update(extra).digest('binary');
}

/**
 * Appends to `hashes` those of the whole blocks of `tokenIds` that it lacks. A block's hash is sha256 over its parent's
 * hash, its token ids and, in the first block, the salt: so it stands for the block and everything before it.
 */
export function extendBlockHashes(hashes: string[], tokenIds: readonly number[], cacheSalt: string | undefined): void {
  const numBlocks = Math.floor(tokenIds.length / BLOCK_SIZE);
  for (let block = hashes.length; block < numBlocks; block++) {
    const start = block * BLOCK_SIZE;
    const extra = block === 0 ? extraOf(cacheSalt) : '';
    hashes.push(hashBlock(hashes[block - 1] ?? NONE_HASH, tokenIds.slice(start, start + BLOCK_SIZE), extra));
  }
}
