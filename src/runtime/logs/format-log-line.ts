import type { PrintedLine } from './log-deduplicator.js';

export interface LogLineStyle {
  /** Addresses of the driver's own host: those of its workers need not be said. */
  readonly ownAddresses: ReadonlySet<string>;
  readonly isColored: boolean;
}

/** Told apart on dark and light grounds: cyan, magenta, blue, green, yellow, and their bright ones. */
const COLORS = [36, 35, 34, 32, 33, 96, 95, 94, 92, 93];
const RESET = '\u001b[0m';

/**
 * `(Counter pid=123, ip=10.0.0.2) line`, as Ray's drivers print it; the prefix has a color of the process.
 */
export function formatLogLine(line: PrintedLine, { ownAddresses, isColored }: LogLineStyle): string {
  const { source, pid, ip, text, numRepeated } = line;
  const where = ownAddresses.has(ip) ? '' : `, ip=${ip}`;
  const prefix = `(${source === '' ? '' : `${source} `}pid=${pid}${where})`;
  const shown = isColored ? `\u001b[${COLORS[pid % COLORS.length]}m${prefix}${RESET}` : prefix;
  return `${shown} ${text}${numRepeated > 0 ? ` [repeated ${numRepeated}x across cluster]` : ''}`;
}
