/** A line that a worker printed. */
export interface LogLine {
  readonly ip: string;
  readonly pid: number;
  /** The class of the actor or the name of the task; empty for the worker itself. */
  readonly source: string;
  readonly isError: boolean;
  readonly text: string;
}

/** A line to print, and for how many more like it it stands; 0 for itself alone. */
export interface PrintedLine extends LogLine {
  readonly numRepeated: number;
}

interface RecentLine {
  readonly firstAtMs: number;
  /** Processes that printed it. */
  readonly printers: Set<string>;
  /** The latest of those that were not printed. */
  latest: LogLine;
  numHeldBack: number;
}

/** @source Ray's RAY_DEDUP_LOGS_AGG_WINDOW_S */
const WINDOW_MS = 5_000;
/** Different lines that are remembered; of a program that prints more, lines are not folded. */
const MAX_RECENT = 10_000;

/**
 * Folds lines that many workers print alike into one. The first of them is printed at once; those that other workers print
 * within five seconds are counted, and told as one line at the end of that time. What one worker prints again and again is
 * its own business and is printed as it comes. Lines are alike when they differ in numbers only.
 * @source Ray's log deduplicator
 */
export class LogDeduplicator {
  readonly #recent = new Map<string, RecentLine>();

  /** @returns what is to be printed now. */
  add(line: LogLine, nowMs: number): PrintedLine[] {
    const due = this.flush(nowMs);
    const key = `${line.source} ${line.isError} ${withoutNumbers(line.text)}`;
    const printer = `${line.ip} ${line.pid}`;
    const recent = this.#recent.get(key);
    if (!recent) {
      if (this.#recent.size < MAX_RECENT) {
        this.#recent.set(key, { firstAtMs: nowMs, printers: new Set([printer]), latest: line, numHeldBack: 0 });
      }
      return [...due, { ...line, numRepeated: 0 }];
    }
    recent.printers.add(printer);
    if (recent.printers.size === 1) return [...due, { ...line, numRepeated: 0 }];
    recent.latest = line;
    recent.numHeldBack++;
    return due;
  }

  /** The lines that stand for those that were held back, of windows that are over; without a time, of all. */
  flush(nowMs: number = Number.POSITIVE_INFINITY): PrintedLine[] {
    const printed: PrintedLine[] = [];
    // In order of their beginning: none after the first that is too young is due.
    for (const [key, { firstAtMs, latest, numHeldBack }] of this.#recent) {
      if (nowMs - firstAtMs < WINDOW_MS) break;
      this.#recent.delete(key);
      if (numHeldBack > 0) printed.push({ ...latest, numRepeated: numHeldBack });
    }
    return printed;
  }
}

/** Lines that differ in a step, a time, an address or a rank are alike. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+(\.\d+)*/gi, '#');
}
