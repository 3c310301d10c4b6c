import { RayError, toError, workerContext } from '../core/index.js';
import { shutdown } from './init.js';

const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a driver's program and shuts down behind it, also after an error or Ctrl-C. It is Python's
 * `if __name__ == "__main__"`: a worker that imports the module to find its classes does not run it.
 */
export function main(program: () => Promise<void>): void {
  if (workerContext()) return;
  for (const [signal, exitCode] of Object.entries(SIGNAL_EXIT_CODES)) {
    process.once(signal, () => {
      void shutdown().finally(() => process.exit(exitCode));
    });
  }
  void run(program).then((exitCode) => process.exit(exitCode));
}

async function run(program: () => Promise<void>): Promise<number> {
  try {
    await program();
    return 0;
  } catch (error) {
    process.stderr.write(`${describe(toError(error))}\n`);
    return 1;
  } finally {
    await shutdown();
  }
}

/** An error of ray-ts is written to be read; for any other one the stack says where to look. */
function describe(error: Error): string {
  return error instanceof RayError ? `${error.name}: ${error.message}` : (error.stack ?? String(error));
}
