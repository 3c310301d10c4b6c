import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { hostAndPortOf } from '../core/index.js';

/**
 * This machine's address on the way to another (host:port): the one that others of its network reach it by. Nothing is sent
 * to find it. RAY_TS_NODE_IP_ADDRESS overrides it.
 */
export async function localAddressTowards(address: string): Promise<string> {
  const chosen = process.env['RAY_TS_NODE_IP_ADDRESS'];
  if (chosen) return chosen;
  const { host, port } = hostAndPortOf(address);
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    const connected = once(socket, 'connect');
    socket.connect(port, host);
    await connected;
    return socket.address().address;
  } finally {
    socket.close();
  }
}
