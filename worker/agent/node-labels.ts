import { InvalidArgumentError } from '../../src/core/index.js';
import { acceleratorType } from './accelerator-type.js';

/** By key, such as `ray.io/accelerator-type`. */
export type NodeLabels = Readonly<Record<string, string>>;

const RESERVED_PREFIX = 'ray.io/';
const ACCELERATOR_TYPE = 'ray.io/accelerator-type';
const NODE_ID = 'ray.io/node-id';
/** What an operator may say of a machine under the reserved prefix. @source Ray's default labels */
const SETTABLE = new Set([
  ACCELERATOR_TYPE,
  'ray.io/market-type',
  'ray.io/region',
  'ray.io/availability-zone',
  'ray.io/node-group',
]);
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * A node's labels: those that it was started with, and those that every node has. Keys and values follow the rules of
 * Kubernetes labels.
 *
 * @param gpuNames as nvidia-smi gives them; the first one tells the type of the node's GPUs.
 * @throws {InvalidArgumentError} for a key or value of another form, or one that is not the user's to set.
 */
export function nodeLabels(nodeId: string, given: NodeLabels, gpuNames: readonly string[]): NodeLabels {
  for (const [key, value] of Object.entries(given)) requireLabel(key, value);
  const [gpuName] = gpuNames;
  const found = gpuName === undefined ? {} : { [ACCELERATOR_TYPE]: acceleratorType(gpuName) };
  return { ...found, ...given, [NODE_ID]: nodeId };
}

function requireLabel(key: string, value: string): void {
  const [name = '', prefix] = key.split('/').reverse();
  const isKey = NAME.test(name) && (prefix === undefined || PREFIX.test(prefix)) && key.split('/').length <= 2;
  if (!isKey || (value !== '' && !NAME.test(value))) {
    throw new InvalidArgumentError(
      `labels: ${key}=${value} is no label. Keys are [prefix/]name; names and values have at most 63 letters, digits, ` +
        '"-", "_" and ".", and begin and end with a letter or digit.',
    );
  }
  if (key.startsWith(RESERVED_PREFIX) && !SETTABLE.has(key)) {
    throw new InvalidArgumentError(`labels: ${key} is set by ray-ts. You may set ${[...SETTABLE].join(', ')}.`);
  }
}
