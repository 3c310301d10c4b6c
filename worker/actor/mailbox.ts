/** A call that waits or runs. It returns a promise that never rejects, or undefined when it has ended already. */
export type MailboxEntry = () => Promise<void> | undefined;

/** Where the array of waiting entries is cut: taking from its front one by one would move it every time. */
const CUT_LENGTH = 1_024;

/** Runs calls in order of arrival, at most `maxConcurrency` at once (Ray's default for an actor: 1). */
export class Mailbox {
  readonly #maxConcurrency: number;
  #waiting: MailboxEntry[] = [];
  #numTaken = 0;
  #numRunning = 0;
  #onIdle: (() => void)[] = [];

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
  }

  /** Running now, without those that wait for others. */
  get numRunning(): number {
    return this.#numRunning;
  }

  post(entry: MailboxEntry): void {
    if (this.#numRunning < this.#maxConcurrency && this.#numWaiting === 0) this.#run(entry);
    else this.#waiting.push(entry);
  }

  /** A running call waits for others: it does not count until it is back. */
  leave(): void {
    this.#numRunning--;
    this.#runNext();
  }

  /** It goes on, even if that makes one too many. */
  comeBack(): void {
    this.#numRunning++;
  }

  /** Resolves when nothing runs or waits. */
  whenIdle(): Promise<void> {
    if (this.#numRunning === 0 && this.#numWaiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  get #numWaiting(): number {
    return this.#waiting.length - this.#numTaken;
  }

  #run(entry: MailboxEntry): void {
    this.#numRunning++;
    const running = entry();
    if (running === undefined) this.#numRunning--;
    else
      void running.then(() => {
        this.#numRunning--;
        this.#runNext();
      });
  }

  #runNext(): void {
    while (this.#numRunning < this.#maxConcurrency && this.#numWaiting > 0) this.#run(this.#take());
    if (this.#numRunning > 0 || this.#numWaiting > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #take(): MailboxEntry {
    const entry = this.#waiting[this.#numTaken]!;
    this.#numTaken++;
    if (this.#numTaken >= CUT_LENGTH || this.#numTaken === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#numTaken);
      this.#numTaken = 0;
    }
    return entry;
  }
}
