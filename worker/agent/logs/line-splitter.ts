/** A line without an end is cut at this many bytes, so that a program that never ends one can't fill the agent's memory. */
const MAX_LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Makes lines of the bytes that a process writes, in whatever pieces they are read. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that are whole by now. */
  push(bytes: Buffer): string[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const lines: string[] = [];
    let start = 0;
    while (start < all.length) {
      const newline = all.indexOf(NEWLINE, start);
      const end = newline === -1 ? all.length : newline;
      if (end - start > MAX_LINE_BYTES) {
        lines.push(toText(all.subarray(start, start + MAX_LINE_BYTES)));
        start += MAX_LINE_BYTES;
      } else if (newline === -1) break;
      else {
        lines.push(toText(all.subarray(start, end)));
        start = newline + 1;
      }
    }
    // A copy: a view of the rest would keep the whole buffer.
    this.#rest = Buffer.from(all.subarray(start));
    return lines;
  }

  /** The last line, which had no end. */
  flush(): string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [toText(rest)];
  }
}

/** Of a line that was drawn over itself, as progress bars are, the last state. */
function toText(line: Buffer): string {
  const text = line.toString('utf8').replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}
