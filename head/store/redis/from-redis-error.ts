import { InvalidArgumentError, RayError, toError } from '../../../src/core/errors.js';
import { createStoreUnavailableError, type StoreOperation } from '../store-unavailable.js';

/** The first word of a Redis error reply that says the login is wrong: no retry helps. */
const LOGIN_ERRORS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/**
 * What a failed Redis operation means to the head. Refused logins are the configuration's fault; everything else, from a
 * broken connection to a server that is loading, out of memory or read-only, may pass.
 */
export function fromRedisError(operation: StoreOperation, error: unknown): RayError {
  if (error instanceof RayError) return error;
  const { message } = toError(error);
  if (LOGIN_ERRORS.has(message.split(' ', 1)[0] as string)) {
    return new InvalidArgumentError(
      `Redis refused the head's login: ${message}. Check the user and password in the Redis address.`,
      { cause: error },
    );
  }
  return createStoreUnavailableError(operation, `failed: ${message}`, error);
}
