import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/**
 * This machine's address on the way to another (host:port): the one that others of its network reach it by. Nothing is sent
 * to find it. RAY_TS_NODE_IP_ADDRESS overrides it.
 */
export async function localAddressTowards(address: string): Promise<string> {
  const chosen = process.env['RAY_TS_NODE_IP_ADDRESS'];
  if (chosen) return chosen;
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    const connected = once(socket, 'connect');
    socket.connect(Number(address.slice(colon + 1)), host);
    await connected;
    return socket.address().address;
  } finally {
    socket.close();
  }
}
