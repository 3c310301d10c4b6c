import { constants } from 'node:os';

/** What a command that a signal is to stop holds while it runs. */
export interface ListeningForSignals {
  /** Undefined until a signal came; then it never resolves, because the process ends. */
  readonly stopped: Promise<never> | undefined;
  /** Leaves signals to Node.js again. */
  close(): void;
}

/** As shells report a process that a signal ended. */
const exitCodeOf = (signal: 'SIGINT' | 'SIGTERM'): number => 128 + constants.signals[signal];

/** A bar or half a sentence may stand on the terminal's last line. */
function endLine(terminal: NodeJS.WriteStream): void {
  if (terminal.isTTY) terminal.write('\n');
}

/**
 * Ends the process on Ctrl-C (with 130) and SIGTERM (with 143), after giving back what it holds; a second one ends it at once.
 * @param shutdown gives back what the process holds; whether it succeeds makes no difference.
 */
export function listenForSignals(shutdown: () => Promise<void>): ListeningForSignals {
  let stopped: Promise<never> | undefined;
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    const exit = (): never => {
      endLine(process.stderr);
      process.exit(exitCodeOf(signal));
    };
    stopped ??= shutdown().then(exit, exit);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    get stopped() {
      return stopped;
    },
    close() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
