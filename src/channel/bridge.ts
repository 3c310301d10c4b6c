import { ChannelClosedError, toError } from '../core/errors/index.js';
import type { AsyncRingReader, AsyncRingWriter } from './async-ring.js';
import { encodeFrame, FrameDecoder } from './frame-codec.js';
import type { TensorFrame } from './ring.js';

/** A connection to another host that carries messages in order. It may carry one ring in each direction. */
export interface FrameStream {
  /** Takes the bytes over; resolves when there is room for more. Rejects, or does nothing, after the end. */
  send(message: Uint8Array): Promise<void>;
  /** What the other side sent. Ends when it closed the stream; throws when the stream failed. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Resolves, never rejects, at the end of the stream, with the error if it failed, even if nobody takes `messages`. */
  readonly closed: Promise<Error | undefined>;
  /** Ends the stream after what was sent is delivered, or at once when there is an error. Only the first call counts. */
  close(error?: Error): void;
}

/** Large enough for the link's rate, and far below the 4 MiB that gRPC accepts by default. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Frames that wait are joined up to this size; joining costs a copy, so larger frames go alone. */
const BATCH_BYTES = 64 * 1024;

/**
 * Sends every frame of the ring over the stream: small frames that wait go into one message, large ones in several.
 * Closing the ring closes the stream after the last frame, and the end of the stream closes the ring. Resolves when the
 * ring's writer closed it and all is sent.
 * @throws {ChannelClosedError} when the stream ended or failed before that; `cause` says why.
 */
export async function pumpRingToStream(reader: AsyncRingReader, stream: FrameStream): Promise<void> {
  let streamEnd: { readonly error: Error | undefined } | undefined;
  void stream.closed.then((error) => {
    streamEnd = { error };
    reader.close();
  });
  try {
    await sendFrames(reader, stream);
    if (streamEnd !== undefined) throw new ChannelClosedError('The other host closed the stream of a ring.');
    stream.close();
  } catch (error) {
    stream.close(toError(error));
    throw new ChannelClosedError('The bridge from a ring to another host is broken.', {
      cause: streamEnd?.error ?? error,
    });
  } finally {
    reader.close();
  }
}

async function sendFrames(reader: AsyncRingReader, stream: FrameStream): Promise<void> {
  for (;;) {
    const first = await nextFrame(reader);
    if (first === undefined) return;
    const batch = takeBatch(reader, first);
    for (let sent = 0; sent < batch.byteLength; sent += MAX_MESSAGE_BYTES) {
      await stream.send(batch.subarray(sent, sent + MAX_MESSAGE_BYTES));
    }
  }
}

/** Undefined at the end of the ring. */
async function nextFrame(reader: AsyncRingReader): Promise<TensorFrame | undefined> {
  try {
    return await reader.read();
  } catch (error) {
    if (error instanceof ChannelClosedError) return undefined;
    throw error;
  }
}

/** The bytes of `first` and of the frames that are there behind it. Each is copied before the next is read. */
function takeBatch(reader: AsyncRingReader, first: TensorFrame): Uint8Array {
  const encoded = [encodeFrame(first)];
  let numBytes = encoded[0]!.byteLength;
  while (numBytes < BATCH_BYTES) {
    const next = reader.tryRead();
    if (next === undefined) break;
    const bytes = encodeFrame(next);
    encoded.push(bytes);
    numBytes += bytes.byteLength;
  }
  return encoded.length === 1 ? encoded[0]! : Buffer.concat(encoded, numBytes);
}

/**
 * Writes every frame that arrives over the stream into the ring, taking no message while the ring is full. The end of
 * the stream closes the ring, and closing the ring closes the stream. Resolves when the other side closed the stream and
 * all is written.
 * @throws {ChannelClosedError} when the stream failed, carried damaged frames, or the ring's reader closed it; `cause`
 * says why.
 */
export async function pumpStreamToRing(stream: FrameStream, writer: AsyncRingWriter): Promise<void> {
  const decoder = new FrameDecoder(writer.maxPayloadBytes);
  let isRingClosed = false;
  void writer.closed.then(() => {
    isRingClosed = true;
    stream.close();
  });
  try {
    for await (const message of stream.messages) {
      for (const frame of decoder.decode(message)) await writer.write(frame);
    }
    if (isRingClosed) throw new ChannelClosedError('The reader of the ring closed it.');
    decoder.end();
    stream.close();
  } catch (error) {
    stream.close(toError(error));
    throw new ChannelClosedError('The bridge from another host to a ring is broken.', { cause: error });
  } finally {
    writer.close();
  }
}
