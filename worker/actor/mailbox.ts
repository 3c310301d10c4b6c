/** A call that waits or runs; it never rejects. */
export type MailboxEntry = () => Promise<void>;

/** Runs an actor's calls in order of arrival, at most `maxConcurrency` at once (Ray's default for an actor: 1). */
export class Mailbox {
  readonly #maxConcurrency: number;
  readonly #waiting: MailboxEntry[] = [];
  #numRunning = 0;

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
  }

  post(entry: MailboxEntry): void {
    if (this.#numRunning < this.#maxConcurrency) this.#run(entry);
    else this.#waiting.push(entry);
  }

  #run(entry: MailboxEntry): void {
    this.#numRunning++;
    void entry().then(() => {
      this.#numRunning--;
      const next = this.#waiting.shift();
      if (next) this.#run(next);
    });
  }
}
