import { readFileSync } from 'node:fs';
import { InvalidArgumentError, toError } from '../core/index.js';

/**
 * The token of `--token-file` (`-` is standard input), else that of `--token` or RAY_TS_TOKEN.
 * @throws {InvalidArgumentError} when the file can't be read or is empty.
 */
export function chooseToken(flags: {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
}): string | undefined {
  if (flags.tokenFile === undefined) return flags.token;
  const token = readToken(flags.tokenFile).trim();
  if (token !== '') return token;
  throw new InvalidArgumentError(`The token file ${flags.tokenFile} is empty.`);
}

function readToken(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`Can't read the token file ${path}: ${toError(error).message}.`, { cause: error });
  }
}
