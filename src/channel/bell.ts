import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { ChannelClosedError, InvalidArgumentError } from '../core/errors/index.js';
import { libc } from './libc.js';

/**
 * A bell wakes an event loop that must not block, from another process: a named pipe, whose bytes mean nothing but "look
 * again". A futex wait on a thread of libuv's pool could do the same, but four of those would stop every file and DNS
 * call of the process.
 */
export interface Bell {
  /** Wakes the listener, once for any number of rings that it has not heard yet. */
  ring(): void;
  close(): void;
}

const ANY_BYTE = Uint8Array.of(1);

/** Makes the pipe; its two users open it afterwards. */
export function createBell(path: string): void {
  const error = libc().makeFifo(path);
  if (error !== 0) throw new InvalidArgumentError(`Can't create the named pipe ${path} (errno ${error}).`);
}

// Open for reading and writing at both ends: neither has to be there first, and a closed end is no broken pipe.
function openPipe(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    throw new ChannelClosedError(`Can't open ${path}: the ring that it belongs to was removed.`, { cause: error });
  }
}

/** The rope of a bell, for the process that rings it. */
export function openBell(path: string): Bell {
  const fd = openPipe(path);
  return {
    ring() {
      try {
        writeSync(fd, ANY_BYTE);
      } catch (error) {
        // A full pipe is a bell that rings already.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    },
    close: () => closeSync(fd),
  };
}

/** Calls `onRing` after rings, from the event loop, until closed. It keeps the process alive meanwhile. */
export function listenToBell(path: string, onRing: () => void): Pick<Bell, 'close'> {
  const socket = new Socket({ fd: openPipe(path), readable: true, writable: false });
  socket.on('data', onRing);
  return { close: () => void socket.destroy() };
}
