import { connect } from 'node:net';
import { toError } from '../../../src/core/errors/index.js';

/** What answers at a Redis socket: nothing, a server that is not ready (loading its data, stuck), or one that is. */
export type SocketProbe =
  | { readonly kind: 'silent' }
  | { readonly kind: 'busy'; readonly reply: string }
  | { readonly kind: 'ready' };

/** Sends one PING to the unix socket and waits for the answer for at most `timeoutMs`. Never throws. */
export function probeSocket(path: string, timeoutMs: number): Promise<SocketProbe> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const finish = (probe: SocketProbe): void => {
      socket.destroy();
      resolve(probe);
    };
    let connected = false;
    socket.setTimeout(timeoutMs, () => finish({ kind: 'busy', reply: `no answer within ${timeoutMs} ms` }));
    socket.on('connect', () => {
      connected = true;
      socket.write('PING\r\n');
    });
    socket.on('data', (data) => {
      const reply = data.toString('utf8').trim();
      finish(reply === '+PONG' ? { kind: 'ready' } : { kind: 'busy', reply });
    });
    socket.on('error', (error) =>
      finish(connected ? { kind: 'busy', reply: toError(error).message } : { kind: 'silent' }),
    );
    socket.on('end', () => finish({ kind: 'busy', reply: 'the server closed the connection' }));
  });
}
