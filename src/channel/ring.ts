/**
 * A ring: frames in order from one writer to one reader, with back-pressure. The ends don't know whether the other one
 * is a thread, a process, or a process on another host behind the bridge. Waits block the calling thread.
 */

/** dtype of a frame's payload; `bytes` is opaque to the channel. */
export type FrameDtype = 'bytes' | 'int32' | 'float32';

/** One message: a small header and raw bytes. */
export interface TensorFrame {
  /** Counts up by one for every frame of a ring, from 1; a gap means a lost frame. */
  readonly sequence: number;
  /** Meaning is the users': the step of a plan, the kind of a control message. */
  readonly tag: number;
  readonly dtype: FrameDtype;
  /** At most 4 dims. */
  readonly shape: readonly number[];
  /** Raw little-endian elements, a view of the ring's memory aligned to 64 bytes. Valid until the reader's next read. */
  readonly payload: Uint8Array;
}

export interface WaitOptions {
  /** How long to block at most, in milliseconds; default for ever. */
  readonly timeoutMs?: number;
  /** Asked at least every 100 ms while blocked; true ends the wait with a ChannelClosedError. */
  readonly isAborted?: () => boolean;
}

export interface RingWriter {
  /**
   * Copies a frame into the ring, blocking while it is full.
   * @throws {ChannelClosedError} when either end was closed or the wait was aborted.
   * @throws {DeadlineExceededError} when `timeoutMs` ran out; the frame was not written.
   * @throws {InvalidArgumentError} when the frame is malformed or can never fit.
   */
  write(frame: Omit<TensorFrame, 'sequence'>, wait?: WaitOptions): void;
  /** The reader still gets the frames written before. A second call does nothing. */
  close(): void;
}

export interface RingReader {
  /**
   * Takes the next frame, blocking until there is one; undefined when `timeoutMs` ran out.
   * @throws {ChannelClosedError} when the writer closed the ring and no frame is left, this end was closed, or the wait
   * was aborted.
   */
  read(wait?: WaitOptions): TensorFrame | undefined;
  /** Drops the frames that were not read; the writer's next write fails. A second call does nothing. */
  close(): void;
}
