import type { Option } from 'commander';
import { isScalar, LineCounter, type Pair, parseDocument } from 'yaml';
import { InvalidArgumentError } from '../../core/index.js';
import { nearestName } from '../../llm/config/nearest-name.js';

/** Flags that may be given several times, so that a list makes sense. */
const REPEATABLE: ReadonlySet<string> = new Set(['stop', 'stopTokenIds', 'badWords', 'allowedTokenIds', 'choice']);

/** A file of flags: `tensor-parallel-size: 2`. */
export interface ConfigFile {
  /** For messages. */
  readonly path: string;
  readonly text: string;
}

interface Entry {
  readonly key: string;
  readonly value: unknown;
  /** For messages: file and line. */
  readonly place: string;
}

/** vLLM writes keys with dashes or underscores; the arguments' own names are taken too. */
const flagOfKey = (key: string): string =>
  `--${key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()}`;

function readEntries({ path, text }: ConfigFile): Entry[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const placeOf = (offset: number) => `${path}:${lineCounter.linePos(offset).line}`;
  const [error] = document.errors;
  if (error) throw new InvalidArgumentError(`${placeOf(error.pos[0])}: ${error.message}`, { cause: error });
  const { contents } = document;
  if (contents === null) return [];
  if (!('items' in contents) || contents.tag === 'tag:yaml.org,2002:seq' || Array.isArray(document.toJS())) {
    throw new InvalidArgumentError(`${path}: a file of flags has a line for each, such as 'max-model-len: 2048'.`);
  }
  const values = document.toJS() as Record<string, unknown>;
  return (contents.items as Pair[]).map((pair) => {
    const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const [offset] = isScalar(pair.key) ? (pair.key.range ?? [0]) : [0];
    return { key, value: values[key], place: placeOf(offset) };
  });
}

function requireOption({ key, place }: Entry, options: readonly Option[]): Option {
  const option = options.find(({ long }) => long === flagOfKey(key) && long !== '--config');
  if (option) return option;
  const known = options.filter(({ negate, long }) => !negate && long !== '--config').map(({ long }) => long!.slice(2));
  const nearest = nearestName(key, known);
  const hint =
    nearest === undefined ? 'Keys are the long flags of the command: see --help.' : `Did you mean ${nearest}?`;
  throw new InvalidArgumentError(`${place}: unknown key ${key}. ${hint}`);
}

function switchFlags({ key, value, place }: Entry, option: Option, options: readonly Option[]): string[] {
  if (typeof value !== 'boolean') throw new InvalidArgumentError(`${place}: ${key} must be true or false.`);
  if (value) return [option.long!];
  const negative = options.find(({ long }) => long === `--no-${option.long!.slice(2)}`);
  return negative ? [negative.long!] : [];
}

function valueFlags({ key, value, place }: Entry, option: Option): string[] {
  const flag = option.long!;
  if (value === null || value === undefined) throw new InvalidArgumentError(`${place}: ${key} has no value.`);
  if (Array.isArray(value)) {
    if (REPEATABLE.has(option.attributeName())) return value.map((item) => `${flag}=${String(item)}`);
    throw new InvalidArgumentError(`${place}: ${key} must be one value, got a list.`);
  }
  return [`${flag}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`];
}

/**
 * The flags that a file stands for, in its order.
 * @param options of the command that the file is for.
 * @throws {InvalidArgumentError} naming file and line, for what is no YAML, an unknown key or a value of the wrong kind.
 */
export function configFileFlags(file: ConfigFile, options: readonly Option[]): string[] {
  return readEntries(file).flatMap((entry) => {
    const option = requireOption(entry, options);
    const isSwitch = !option.required && !option.optional;
    return isSwitch ? switchFlags(entry, option, options) : valueFlags(entry, option);
  });
}
