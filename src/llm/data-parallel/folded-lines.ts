/** Lines that several replicas say while they are launched: those that another one has said are left out. */
export class FoldedLines {
  readonly #said = new Set<string>();

  /** @returns the line with who says it; undefined when it was said before. */
  add(rank: number, line: string): string | undefined {
    if (this.#said.has(line)) return undefined;
    this.#said.add(line);
    return `Replica ${rank}: ${line}`;
  }
}
