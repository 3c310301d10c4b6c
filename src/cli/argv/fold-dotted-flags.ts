import { InvalidArgumentError } from '../../core/index.js';

type Dict = Record<string, unknown>;

const DOTTED_PATTERN = /^(--[a-z][a-z0-9-]*)\.([\w.-]+)(?:=(.*))?$/s;

/** Numbers, booleans and lists are written as in JSON; all else is text. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a word, such as linear
  }
}

function setPath(dict: Dict, path: readonly string[], value: unknown): Dict {
  const [key, ...rest] = path;
  if (rest.length === 0) return { ...dict, [key!]: value };
  return { ...dict, [key!]: setPath((dict[key!] as Dict | undefined) ?? {}, rest, value) };
}

/** The flag itself with JSON: what the dotted keys are added to. */
function parseDict(flag: string, text: string): Dict {
  const value = parseValue(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Dict;
  throw new InvalidArgumentError(`${flag} ${text} can not be combined with ${flag}.KEY: give one of them.`);
}

/** What one pass over the arguments has found. */
interface Folding {
  readonly rest: string[];
  readonly dicts: Map<string, Dict>;
}

function fold(argv: readonly string[], dottedFlags: ReadonlySet<string>): Folding {
  const folding: Folding = { rest: [], dicts: new Map([...dottedFlags].map((flag) => [flag, {}])) };
  const pending = [...argv];
  while (pending.length > 0) {
    const argument = pending.shift()!;
    const next = (attached: string | undefined) =>
      attached ?? (pending[0]?.startsWith('--') ? 'true' : pending.shift());
    const [, flag, path, attached] = DOTTED_PATTERN.exec(argument) ?? [];
    const [plain, ...values] = argument.split('=');
    if (flag !== undefined) {
      const value = parseValue(next(attached) ?? 'true');
      folding.dicts.set(flag, setPath(folding.dicts.get(flag)!, path!.split('.'), value));
    } else if (dottedFlags.has(plain!)) {
      const dict = parseDict(plain!, next(values.length > 0 ? values.join('=') : undefined) ?? '');
      folding.dicts.set(plain!, { ...folding.dicts.get(plain!), ...dict });
    } else {
      folding.rest.push(argument);
    }
  }
  return folding;
}

/**
 * Gathers `--flag.key value` of every flag into one `--flag={"key": value}`, on top of what `--flag` itself has; later ones
 * win. A key without a value is true.
 * @throws {InvalidArgumentError} when the flag itself has something else than an object.
 */
export function foldDottedFlags(argv: readonly string[]): string[] {
  const dotted = new Set(argv.flatMap((argument) => DOTTED_PATTERN.exec(argument)?.[1] ?? []));
  if (dotted.size === 0) return [...argv];
  const { rest, dicts } = fold(argv, dotted);
  return [...rest, ...[...dicts].map(([flag, dict]) => `${flag}=${JSON.stringify(dict)}`)];
}
