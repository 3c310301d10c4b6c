/**
 * Shows texts that grow side by side one after the other: the first unfinished one as it comes, the others when their turn
 * is there.
 */
export class OrderedText {
  readonly #waiting: { text: string; state: 'growing' | 'finished' }[];
  readonly #write: (piece: string) => void;
  #current = 0;

  constructor(numTexts: number, write: (piece: string) => void) {
    this.#waiting = Array.from({ length: numTexts }, () => ({ text: '', state: 'growing' }));
    this.#write = write;
  }

  add(index: number, piece: string): void {
    if (index === this.#current) this.#write(piece);
    else this.#waiting[index]!.text += piece;
  }

  finish(index: number): void {
    this.#waiting[index]!.state = 'finished';
    while (this.#waiting[this.#current]?.state === 'finished') {
      this.#current++;
      const next = this.#waiting[this.#current];
      this.#write(next ? `\n\n${next.text}` : '\n');
    }
  }
}
