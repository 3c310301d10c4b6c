import { InvalidArgumentError } from './errors/index.js';

/**
 * Amounts by resource name. Inside ray-ts amounts are fixed-point integers of 1/10,000 (as in Ray), so that adding and
 * taking back never drifts; {@link toFixedPoint} and {@link fromFixedPoint} convert at the edges.
 */
export type Resources = Readonly<Record<string, number>>;

const UNITS_PER_ONE = 10_000;

/** Resources that are whole devices: an amount above 1 must be a whole number, one below 1 shares a device. */
const DEVICE_RESOURCES = new Set(['GPU']);

function toUnits(name: string, quantity: number): number {
  if (!Number.isFinite(quantity) || quantity < 0) {
    throw new InvalidArgumentError(`The quantity of resource ${name} must be a number of at least 0, got ${quantity}.`);
  }
  const units = Math.round(quantity * UNITS_PER_ONE);
  if (Math.abs(units - quantity * UNITS_PER_ONE) > 1e-6 * UNITS_PER_ONE) {
    throw new InvalidArgumentError(
      `The precision of the fractional quantity of resource ${name} cannot go beyond 0.0001, got ${quantity}.`,
    );
  }
  if (DEVICE_RESOURCES.has(name) && quantity > 1 && !Number.isInteger(quantity)) {
    throw new InvalidArgumentError(
      `${name} resource quantities >1 must be whole numbers. The specified quantity ${quantity} is invalid.`,
    );
  }
  return units;
}

/**
 * Quantities as people write them ({CPU: 0.5}) to fixed point, dropping zeros.
 * @throws {InvalidArgumentError} for negative, too precise, or fractional device quantities above 1.
 */
export function toFixedPoint(quantities: Resources): Resources {
  const entries = Object.entries(quantities).map(([name, quantity]) => [name, toUnits(name, quantity)] as const);
  return Object.fromEntries(entries.filter(([, units]) => units > 0));
}

/** Fixed-point amounts back to quantities for people and user code. */
export function fromFixedPoint(resources: Resources): Resources {
  return Object.fromEntries(Object.entries(resources).map(([name, units]) => [name, units / UNITS_PER_ONE]));
}

/** True when `available` holds at least `request` of everything requested; nothing more of one that is overdrawn. */
export function fits(request: Resources, available: Resources): boolean {
  for (const name of Object.keys(request)) {
    const units = request[name] ?? 0;
    if (units !== 0 && units > (available[name] ?? 0)) return false;
  }
  return true;
}

export function addResources(left: Resources, right: Resources): Resources {
  const sum: Record<string, number> = { ...left };
  for (const [name, units] of Object.entries(right)) sum[name] = (sum[name] ?? 0) + units;
  return sum;
}

/** `left - right`; the caller has checked that it fits, so amounts stay at 0 or above. */
export function subtractResources(left: Resources, right: Resources): Resources {
  const rest: Record<string, number> = { ...left };
  for (const [name, units] of Object.entries(right)) rest[name] = (rest[name] ?? 0) - units;
  return rest;
}

/** Counted in bytes. */
const BYTE_RESOURCES = new Set(['memory', 'object_store_memory']);

/** `{CPU: 0.5, GPU: 1, memory: 2.5 GiB}`, from fixed point, for messages. */
export function formatResources(resources: Resources): string {
  const parts = Object.entries(fromFixedPoint(resources)).map(
    ([name, quantity]) => `${name}: ${BYTE_RESOURCES.has(name) ? formatGiB(quantity) : quantity}`,
  );
  return `{${parts.join(', ')}}`;
}

const formatGiB = (bytes: number): string => `${Number((bytes / 2 ** 30).toFixed(2))} GiB`;
