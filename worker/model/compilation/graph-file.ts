import { createHash } from 'node:crypto';

const DIGEST_BYTES = 32;

const digest = (graph: Uint8Array): Buffer => createHash('sha256').update(graph).digest();

/** The bytes of a file that holds a graph: its SHA-256, then the graph. */
export function encodeGraphFile(graph: Uint8Array): Uint8Array {
  return Buffer.concat([digest(graph), graph]);
}

/** The graph of such a file; undefined when the file is damaged. */
export function decodeGraphFile(file: Uint8Array): Uint8Array | undefined {
  const graph = file.subarray(DIGEST_BYTES);
  return digest(graph).equals(file.subarray(0, DIGEST_BYTES)) ? graph : undefined;
}
