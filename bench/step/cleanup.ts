type Action = () => void | Promise<void>;

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** What is to be undone at the end of a run, however it ends: the last first, each once. */
export class Cleanup {
  readonly #actions: Action[] = [];
  #running: Promise<void> | undefined;

  add(action: Action): void {
    this.#actions.push(action);
  }

  /** Runs all actions, also when one fails; the first failure is thrown at the end. Every call awaits the same run. */
  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  /** Runs them when the program is interrupted, too, and then ends it with the signal's exit code. */
  runOnSignals(): void {
    for (const [signal, number] of Object.entries(SIGNALS)) {
      // Not once: tsx hands on the signal that the terminal has already sent to this process.
      process.on(signal, () => void this.run().finally(() => process.exit(128 + number)));
    }
  }

  async #runAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let action = this.#actions.pop(); action; action = this.#actions.pop()) {
      try {
        await action();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
