import { networkInterfaces } from 'node:os';

/**
 * This machine's address in a cluster: RAY_TS_NODE_IP_ADDRESS, else its first IPv4 address that is not loopback, else
 * loopback.
 */
export function nodeAddress(): string {
  const chosen = process.env['RAY_TS_NODE_IP_ADDRESS'];
  if (chosen) return chosen;
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return addresses.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}
