import type { HeadClient } from '../../../src/rpc/index.js';

/** Fetches a package from the head; resolves when its last byte was given to `onChunk`. @throws what the head threw. */
export function downloadPackage(head: HeadClient, sha256: string, onChunk: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = head.stream('downloadPackage');
    stream.onEnd((end) => (end ? reject(end) : resolve()));
    stream.receive(({ chunk }) => {
      try {
        onChunk(chunk);
      } catch (error) {
        reject(error);
        stream.close(error);
      }
    });
    void stream.send({ sha256 });
  });
}
