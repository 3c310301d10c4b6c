import { StoreUnavailableError, toError } from '../../src/core/errors/index.js';

/** An operation as errors name it, and whether it may have changed something when its answer is missing. */
export interface StoreOperation {
  readonly name: string;
  readonly effect: 'read' | 'write';
}

/** The error of an operation that the store refused for now or did not answer. */
export function createStoreUnavailableError(
  operation: StoreOperation,
  reason: string,
  cause?: unknown,
): StoreUnavailableError {
  const effect = operation.effect === 'write' ? ' The write may have happened; repeating it is safe.' : '';
  return new StoreUnavailableError(`The head's store is unavailable: ${operation.name} ${reason}.${effect}`, {
    cause,
    details: { operation: operation.name },
  });
}

/**
 * The operation's result, bounded in time. The operation itself goes on after the bound; its late result is dropped.
 *
 * @throws {StoreUnavailableError} after `timeoutMs`, with `describeCause()` as its cause.
 */
export async function withinTimeout<T>(
  operation: StoreOperation,
  timeoutMs: number,
  result: Promise<T>,
  describeCause: () => unknown = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const cause = describeCause();
      const why = cause === undefined ? '' : ` (${toError(cause).message})`;
      reject(createStoreUnavailableError(operation, `got no answer within ${timeoutMs} ms${why}`, cause));
    }, timeoutMs);
  });
  try {
    return await Promise.race([result, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
