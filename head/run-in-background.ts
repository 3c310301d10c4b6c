import { type Logger, toError } from '../src/core/index.js';

/** For work whose outcome nobody waits for: that it failed is in the log. @param what for people: "node death". */
export function runInBackground(logger: Logger, work: Promise<void>, what: string): void {
  work.catch((error: unknown) => logger.error({ error: toError(error).message }, `${what} failed`));
}
