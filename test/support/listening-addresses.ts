import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/** Where processes of this machine accept TCP connections, IPv4 and IPv6; as the kernel has it. */
export function listeningAddresses(pids: readonly number[]): { readonly host: string; readonly port: number }[] {
  const inodes = new Set(pids.flatMap(socketInodes));
  const lines = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1));
  return lines.flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== LISTEN || !local || !inodes.has(inode!)) return [];
    const [host, port] = local.split(':') as [string, string];
    return [{ host: parseHost(host), port: Number.parseInt(port, 16) }];
  });
}

function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inode ? [inode] : [];
    });
  } catch {
    return []; // it ended while we looked
  }
}

/** The kernel writes an IPv4 address as a number of the machine's byte order; others are left as they are. */
function parseHost(hex: string): string {
  if (hex.length !== 8) return `[${hex}]`;
  return [...Buffer.from(hex, 'hex')].reverse().join('.');
}
