import { InvalidArgumentError } from '../../src/core/index.js';

/** Conditions on the labels of a node, by label: "v", "!v", "in(a,b)" or "!in(a,b)". All of them must hold. */
export type LabelSelector = Readonly<Record<string, string>>;

export type Labels = Readonly<Record<string, string>>;

interface LabelCondition {
  readonly isNegated: boolean;
  readonly values: readonly string[];
}

const MAX_NAME_LENGTH = 63;
const MAX_PREFIX_LENGTH = 253;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/**
 * True when a node with these labels meets every condition. A negated condition holds for a node without the label.
 *
 * @param selector as {@link validateLabelSelector} has let it pass.
 * @source Ray's label selectors
 */
export function meetsSelector(labels: Labels, selector: LabelSelector): boolean {
  return Object.entries(selector).every(([key, text]) => {
    const { isNegated, values } = parseCondition(text);
    const label = labels[key];
    return (label !== undefined && values.includes(label)) !== isNegated;
  });
}

/** @throws {InvalidArgumentError} when a key or a condition is none; the rules are those of Kubernetes labels. */
export function validateLabelSelector(selector: LabelSelector): void {
  for (const [key, text] of Object.entries(selector)) {
    requireKey(key);
    const { values } = parseCondition(text);
    const wrong =
      values.length === 0 ? text : values.find((value) => value.length > MAX_NAME_LENGTH || !NAME.test(value));
    if (wrong === undefined) continue;
    throw new InvalidArgumentError(
      `Label selector ${key}: ${JSON.stringify(text)} is no condition. Write "v", "!v", "in(a,b)" or "!in(a,b)", with ` +
        `values of at most ${MAX_NAME_LENGTH} letters, digits, "-", "_" and "." that begin and end with a letter or digit.`,
    );
  }
}

/** `{zone: "in(a,b)", disk: "!hdd"}`, for messages. */
export function formatSelector(selector: LabelSelector): string {
  return `{${Object.entries(selector)
    .map(([key, text]) => `${key}: ${JSON.stringify(text)}`)
    .join(', ')}}`;
}

function parseCondition(text: string): LabelCondition {
  const isNegated = text.startsWith('!');
  const body = isNegated ? text.slice(1) : text;
  const list = /^in\((.*)\)$/.exec(body)?.[1];
  const values = list === undefined ? [body.trim()] : list.split(',').map((value) => value.trim());
  return { isNegated, values };
}

function requireKey(key: string): void {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  const isPrefix = prefix === undefined || (prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix));
  if (isPrefix && name.length <= MAX_NAME_LENGTH && NAME.test(name)) return;
  throw new InvalidArgumentError(
    `Label selector: ${JSON.stringify(key)} is no label. A label is a name of at most ${MAX_NAME_LENGTH} letters, ` +
      `digits, "-", "_" and ".", after a DNS prefix and "/" if it has one: "ray.io/accelerator-type".`,
  );
}
