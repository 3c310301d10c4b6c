import { Deferred, InternalError } from '../../core/index.js';
import type { HeadClient, UploadPackageResponse } from '../../rpc/index.js';
import type { ProgramPackage } from './pack-working-dir.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Sends a package to the head, unless it has it already.
 * @throws what the head threw.
 */
export async function uploadPackage(
  head: Pick<HeadClient, 'stream'>,
  { sha256, bytes }: ProgramPackage,
): Promise<'sent' | 'there'> {
  const stream = head.stream('uploadPackage');
  const first = new Deferred<UploadPackageResponse>();
  const last = new Deferred<void>();
  stream.receive((response) => {
    first.resolve(response);
    if (response.stored) last.resolve();
  });
  stream.onEnd((end) => {
    const error = end ?? new InternalError(`The head ended the upload of package ${sha256} before it was stored.`);
    first.reject(error);
    last.reject(error);
  });
  try {
    await stream.send({ sha256 });
    if ((await first.promise).exists) return 'there';
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      await stream.send({ chunk: bytes.subarray(start, start + CHUNK_BYTES) });
    }
    await stream.send({ complete: true });
    await last.promise;
    return 'sent';
  } finally {
    stream.close();
  }
}
