import { InvalidArgumentError } from '../../src/core/index.js';
import type {
  DownloadPackageRequest,
  DownloadPackageResponse,
  MessageStream,
  UploadPackageRequest,
  UploadPackageResponse,
} from '../../src/rpc/index.js';
import { type PackageStore, requireSize } from './package-store.js';

type Upload = MessageStream<UploadPackageRequest, UploadPackageResponse>;
type Download = MessageStream<DownloadPackageRequest, DownloadPackageResponse>;

/** Takes one package: its hash first, which the head may answer with `exists`, then its chunks. */
export function serveUpload(stream: Upload, packages: PackageStore): void {
  const chunks: Uint8Array[] = [];
  let sha256 = '';
  let size = 0;
  let last: Promise<void> = Promise.resolve();
  const receive = async (message: UploadPackageRequest): Promise<void> => {
    if (sha256 === '') {
      sha256 = message.sha256;
      const exists = await packages.has(sha256);
      void stream.send({ exists });
      if (exists) return stream.close();
    }
    size += message.chunk.length;
    requireSize(sha256, size);
    chunks.push(message.chunk);
    if (!message.complete) return;
    await packages.put(sha256, Buffer.concat(chunks));
    void stream.send({ stored: true });
    stream.close();
  };
  stream.receive((message) => {
    last = last
      .then(() => (stream.isEnded ? undefined : receive(message)))
      .catch((error: unknown) => stream.close(error));
  });
}

/** Sends one package, as fast as the receiver takes it. */
export function serveDownload(stream: Download, packages: PackageStore): void {
  let isAsked = false;
  const send = async ({ sha256 }: DownloadPackageRequest): Promise<void> => {
    if (isAsked) throw new InvalidArgumentError('downloadPackage: a stream carries one package.');
    isAsked = true;
    for await (const chunk of packages.read(sha256)) {
      if (stream.isEnded) return;
      await stream.send({ chunk });
    }
    stream.close();
  };
  stream.receive((message) => {
    send(message).catch((error: unknown) => stream.close(error));
  });
}
