import { InvalidArgumentError, RayError, toError } from '../../../src/core/errors/index.js';
import { createStoreUnavailableError, type StoreOperation } from '../store-unavailable.js';

/** First words of the error replies that no retry helps: the configuration is wrong. */
const LOGIN_ERRORS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

const NO_STORE =
  'What answers at the Redis address runs no scripts, so it can keep no state: a Sentinel or a proxy. Give the address of a ' +
  'Redis server, or one that follows the server in charge.';

/** True when Redis answered that user or password are wrong. */
export function isLoginError(error: unknown): boolean {
  return LOGIN_ERRORS.has(toError(error).message.split(' ', 1)[0] as string);
}

/** True when what answered is no Redis that keeps data: a Sentinel has no scripts. */
const isNoStore = (cause: Error): boolean => /^ERR unknown command '?eval(sha)?\b/i.test(cause.message);

/** The error without what ioredis hangs on it: the whole command, with passwords and records. */
export function withoutCommand(error: unknown): Error {
  return new Error(toError(error).message);
}

/**
 * What a failed Redis operation means to the head. Refused logins and servers that are no store are the configuration's
 * fault; everything else, from a broken connection to a server that is loading, out of memory or read-only, may pass.
 */
export function fromRedisError(operation: StoreOperation, error: unknown): RayError {
  if (error instanceof RayError) return error;
  const cause = withoutCommand(error);
  if (isNoStore(cause)) return new InvalidArgumentError(NO_STORE, { cause });
  if (!isLoginError(error)) return createStoreUnavailableError(operation, `failed: ${cause.message}`, cause);
  const message = `Redis refused the head's login: ${cause.message}. Check the user and password in the Redis address.`;
  return new InvalidArgumentError(message, { cause });
}
