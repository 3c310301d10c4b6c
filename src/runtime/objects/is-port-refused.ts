import { connect } from 'node:net';
import { hostAndPortOf } from '../../core/index.js';

const PROBE_MS = 2_000;

/**
 * True when the host of `address` (host:port) answers that nobody listens there. A host that does not answer, or can't be
 * reached, has said nothing.
 */
export function isPortRefused(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...hostAndPortOf(address), timeout: PROBE_MS });
    const settle = (isRefused: boolean): void => {
      socket.destroy();
      resolve(isRefused);
    };
    socket.once('connect', () => settle(false));
    socket.once('timeout', () => settle(false));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED'));
  });
}
