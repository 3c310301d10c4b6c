import { InvalidArgumentError, RayError, toError } from '../../../src/core/errors.js';
import { createStoreUnavailableError, type StoreOperation } from '../store-unavailable.js';

/** First words of the error replies that no retry helps: the configuration is wrong. */
const LOGIN_ERRORS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** True when Redis answered that user or password are wrong. */
export function isLoginError(error: unknown): boolean {
  return LOGIN_ERRORS.has(toError(error).message.split(' ', 1)[0] as string);
}

/**
 * What a failed Redis operation means to the head. Refused logins are the configuration's fault; everything else, from a
 * broken connection to a server that is loading, out of memory or read-only, may pass.
 */
export function fromRedisError(operation: StoreOperation, error: unknown): RayError {
  if (error instanceof RayError) return error;
  const { message } = toError(error);
  if (isLoginError(error)) {
    return new InvalidArgumentError(
      `Redis refused the head's login: ${message}. Check the user and password in the Redis address.`,
      { cause: error },
    );
  }
  return createStoreUnavailableError(operation, `failed: ${message}`, error);
}
