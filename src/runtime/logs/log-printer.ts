import { networkInterfaces } from 'node:os';
import type { LogLines } from '../../rpc/index.js';
import { formatLogLine, type LogLineStyle } from './format-log-line.js';
import { LogDeduplicator, type LogLine, type PrintedLine } from './log-deduplicator.js';

/** Where the driver's lines go: its own standard output and error. */
export interface LogOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface LogPrinterOptions {
  readonly out?: LogOutput;
  readonly err?: LogOutput;
  /** Default: RAY_TS_DEDUP_LOGS is not 0. */
  readonly isFolding?: boolean;
  /** Default: those of this machine. */
  readonly ownAddresses?: ReadonlySet<string>;
}

const FLUSH_MS = 1_000;

/**
 * Prints at the driver what its workers print, lines of standard error to standard error. RAY_TS_COLOR_PREFIX=0 or 1
 * overrides what the terminal says.
 */
export class LogPrinter {
  readonly #out: LogOutput;
  readonly #err: LogOutput;
  readonly #ownAddresses: ReadonlySet<string>;
  readonly #deduplicator: LogDeduplicator | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(options: LogPrinterOptions = {}) {
    const { isFolding = process.env['RAY_TS_DEDUP_LOGS'] !== '0' } = options;
    this.#out = options.out ?? process.stdout;
    this.#err = options.err ?? process.stderr;
    this.#ownAddresses = options.ownAddresses ?? ownAddresses();
    this.#deduplicator = isFolding ? new LogDeduplicator() : undefined;
    this.#timer = setInterval(() => this.#flush(performance.now()), FLUSH_MS).unref();
  }

  receive({ ip, pid, source, isError, lines }: LogLines): void {
    const nowMs = performance.now();
    for (const text of lines) {
      const line: LogLine = { ip, pid, source, isError, text };
      for (const printed of this.#deduplicator?.add(line, nowMs) ?? [{ ...line, numRepeated: 0 }]) this.#print(printed);
    }
  }

  /** Prints what was held back. */
  close(): void {
    clearInterval(this.#timer);
    for (const line of this.#deduplicator?.flush() ?? []) this.#print(line);
  }

  #flush(nowMs: number): void {
    for (const line of this.#deduplicator?.flush(nowMs) ?? []) this.#print(line);
  }

  #print(line: PrintedLine): void {
    const output = line.isError ? this.#err : this.#out;
    const style: LogLineStyle = { ownAddresses: this.#ownAddresses, isColored: isColored(output) };
    output.write(`${formatLogLine(line, style)}\n`);
  }
}

function isColored(output: LogOutput): boolean {
  const { RAY_TS_COLOR_PREFIX: chosen, NO_COLOR: noColor } = process.env;
  if (chosen === '0' || chosen === '1') return chosen === '1';
  return output.isTTY === true && !noColor;
}

function ownAddresses(): ReadonlySet<string> {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return new Set(addresses.map(({ address }) => address));
}
