type Action = () => void | Promise<void>;

/** What is to be undone at the end of a run, however it ends: the last first, each once. */
export class Cleanup {
  readonly #actions: Action[] = [];

  add(action: Action): void {
    this.#actions.push(action);
  }

  async run(): Promise<void> {
    for (let action = this.#actions.pop(); action; action = this.#actions.pop()) await action();
  }

  /** Also when the program is interrupted, which then ends with the signal's exit code. */
  runOnSignals(): void {
    for (const [signal, number] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ] as const) {
      process.once(signal, () => void this.run().finally(() => process.exit(128 + number)));
    }
  }
}
