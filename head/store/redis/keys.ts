import { InvalidArgumentError } from '../../../src/core/errors/index.js';
import { type StoreTable, storeTables } from '../head-store.js';

/**
 * The whole keyspace of one cluster. The braces are Redis Cluster's hash tag: all keys of a cluster live in one slot, so
 * that one script may touch them all.
 *
 * | key                                    | type | field → value                                            |
 * |----------------------------------------|------|----------------------------------------------------------|
 * | `rayts:{namespace}:lease`              | hash | epoch, holder, state, expiresAtMs, sequence → text       |
 * | `rayts:{namespace}:<table>`            | hash | id → record                                              |
 */
export interface RedisKeys {
  readonly lease: string;
  readonly tables: Readonly<Record<StoreTable, string>>;
  /** All tables in the order of `storeTables`: scripts get them all and name one by its 1-based place. */
  readonly tableList: readonly string[];
}

/** @throws {InvalidArgumentError} when the namespace is empty or has characters that could leave the keyspace. */
export function createRedisKeys(namespace: string): RedisKeys {
  if (!/^[\w.-]+$/.test(namespace)) {
    throw new InvalidArgumentError(
      `The store's namespace may have letters, digits, '_', '.' and '-' and must not be empty, got '${namespace}'.`,
    );
  }
  const key = (name: string): string => `rayts:{${namespace}}:${name}`;
  const tableList = storeTables.map(key);
  const tables = Object.fromEntries(storeTables.map((name) => [name, key(name)]));
  return { lease: key('lease'), tables: tables as RedisKeys['tables'], tableList };
}
