import { InvalidArgumentError, type Resources, toFixedPoint } from '../core/index.js';
import type { CreatePlacementGroupRequest, Draft } from '../rpc/index.js';
import type { LabelSelectorOption } from './scheduling-options.js';

export type PlacementStrategyName = 'PACK' | 'SPREAD' | 'STRICT_PACK' | 'STRICT_SPREAD';

export interface PlacementGroupOptions {
  /** How the bundles lie on the nodes. Default PACK: as few nodes as possible. */
  readonly strategy?: PlacementStrategyName;
  /** Unique in the job's namespace: others find the group by it with `getPlacementGroup`. */
  readonly name?: string;
  /** A detached group outlives the program that made it, until it is removed. Default: it ends with the job. */
  readonly lifetime?: 'detached';
  /** For each bundle conditions that its node's labels must meet; `{}` for none. */
  readonly bundleLabelSelector?: readonly LabelSelectorOption[];
  /** Wait for nodes that can hold it, instead of failing at once when those that are there never can. Default false. */
  readonly waitForNodes?: boolean;
}

const STRATEGIES: readonly PlacementStrategyName[] = ['PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD'];
const OPTION_NAMES: ReadonlySet<string> = new Set([
  'strategy',
  'name',
  'lifetime',
  'bundleLabelSelector',
  'waitForNodes',
] satisfies (keyof PlacementGroupOptions)[]);

/**
 * The request as far as the user decides it.
 * @throws {InvalidArgumentError} for an unknown option or strategy, an amount that is none, or selectors for other bundles
 *  than there are.
 */
export function toGroupRequest(
  bundles: readonly Resources[],
  options: PlacementGroupOptions,
): Draft<CreatePlacementGroupRequest> {
  const { strategy = 'PACK', name = '', lifetime, bundleLabelSelector = [], waitForNodes = false } = options;
  requireKnownNames(options);
  if (!STRATEGIES.includes(strategy)) {
    throw new InvalidArgumentError(
      `Invalid placement group strategy ${strategy}. Supported strategies are: ${STRATEGIES.join(', ')}.`,
    );
  }
  if (lifetime !== undefined && lifetime !== 'detached') {
    throw new InvalidArgumentError(`The lifetime of a placement group is 'detached' or not given, got '${lifetime}'.`);
  }
  if (bundleLabelSelector.length > 0 && bundleLabelSelector.length !== bundles.length) {
    throw new InvalidArgumentError(
      `bundleLabelSelector has ${bundleLabelSelector.length} entries for ${bundles.length} bundles. Give one per bundle, ` +
        '{} for none.',
    );
  }
  return {
    name,
    strategy: `PLACEMENT_STRATEGY_${strategy}`,
    detached: lifetime === 'detached',
    waitForNodes,
    bundles: bundles.map((bundle) => ({ units: toFixedPoint(bundle) })),
    bundleLabelSelector: bundleLabelSelector.map((terms) => ({ terms: { ...terms } })),
  };
}

function requireKnownNames(options: PlacementGroupOptions): void {
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.has(name));
  if (unknown === undefined) return;
  throw new InvalidArgumentError(
    `Invalid option ${unknown} of a placement group. Valid ones are ${[...OPTION_NAMES].join(', ')}.`,
  );
}
