import type { RedisOptions } from 'ioredis';
import { InvalidArgumentError } from '../../../src/core/errors/index.js';

/** Where Redis is and how to log in; what a store's address says about the connection, and nothing else. */
export type RedisAddress = Pick<RedisOptions, 'host' | 'port' | 'path' | 'username' | 'password' | 'db' | 'tls'>;

const DEFAULT_PORT = 6379;
const FORMS = 'redis://[user:password@]host[:port][/db], rediss://…, unix:///path.sock, host:port or /path.sock';
const NO_LISTS =
  'It is that of one server: where Sentinel or another chooses the server, give an address that follows its choice.';

/**
 * Reads a Redis address in any of the forms that people use. User and password are percent-encoded in a URL.
 * Error messages never repeat the address, which may hold a password.
 *
 * @throws {InvalidArgumentError} for any other form.
 */
export function parseRedisUrl(address: string): RedisAddress {
  if (address.startsWith('/')) return { path: address };
  if (address.startsWith('unix:///')) return { path: decodeURIComponent(address.slice('unix://'.length)) };
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address);
  const text = hasScheme ? address : `redis://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '' || !(url.protocol === 'redis:' || url.protocol === 'rediss:')) {
    throw new InvalidArgumentError(`The Redis address is not of the form ${FORMS}. ${NO_LISTS}`);
  }
  return { ...parseEndpoint(url), ...(url.protocol === 'rediss:' ? { tls: {} } : {}) };
}

function parseEndpoint(url: URL): RedisAddress {
  return {
    // URL keeps the brackets of an IPv6 address; a socket wants it bare.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...parseDatabase(url.pathname),
  };
}

function parseDatabase(pathname: string): RedisAddress {
  if (pathname === '' || pathname === '/') return {};
  const db = Number(pathname.slice(1));
  if (!Number.isInteger(db) || db < 0) {
    throw new InvalidArgumentError(`The Redis database must be a number, got '${pathname.slice(1)}'.`);
  }
  return { db };
}
