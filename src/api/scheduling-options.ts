import { InvalidArgumentError, type PlacementGroupId, workerContext } from '../core/index.js';
import type { Draft, SchedulingStrategy } from '../rpc/index.js';
import { currentTask } from '../runtime/calls/current-task.js';
import { requireRecord, requireWhole } from '../runtime/handles/option-rules.js';
import { type RuntimeEnv, validateRuntimeEnv } from '../runtime/runtime-env/runtime-env.js';

/** Puts an actor or task into a bundle of a placement group. */
export interface PlacementGroupSchedulingStrategy {
  readonly placementGroup: { readonly id: PlacementGroupId };
  /** Default -1: any bundle with room. */
  readonly placementGroupBundleIndex?: number;
  /** What the actor or task creates goes into the group too, unless it says otherwise. Default false. */
  readonly placementGroupCaptureChildTasks?: boolean;
}

/** Puts an actor or task on one node. */
export interface NodeAffinitySchedulingStrategy {
  readonly nodeId: string;
  /** Take another node when this one is dead or can never hold it. Default false: that is an error. */
  readonly soft?: boolean;
}

/**
 * 'DEFAULT' packs nodes up to half and then spreads, 'SPREAD' takes the emptiest node. Not given: 'DEFAULT', or the placement
 * group that captured what runs here.
 */
export type SchedulingStrategyOption =
  | 'DEFAULT'
  | 'SPREAD'
  | PlacementGroupSchedulingStrategy
  | NodeAffinitySchedulingStrategy;

/** By label: "value", "!value", "in(a,b)" or "!in(a,b)". */
export type LabelSelectorOption = Readonly<Record<string, string>>;

export interface SchedulingOptions {
  readonly schedulingStrategy?: SchedulingStrategyOption;
  /** Conditions that the node's labels must meet. */
  readonly labelSelector?: LabelSelectorOption;
  /** Other selectors, tried in order when no node meets the first. */
  readonly fallbackStrategy?: readonly { readonly labelSelector: LabelSelectorOption }[];
  /** What the process needs around it: it adds to the job's. */
  readonly runtimeEnv?: RuntimeEnv;
}

export const SCHEDULING_OPTION_NAMES: readonly (keyof SchedulingOptions)[] = [
  'schedulingStrategy',
  'labelSelector',
  'fallbackStrategy',
  'runtimeEnv',
];

/** @throws {InvalidArgumentError} for a strategy that is none, or a selector that is no record of strings. */
export function validateSchedulingOptions(options: SchedulingOptions): void {
  validateStrategy(options.schedulingStrategy);
  validateSelector('labelSelector', options.labelSelector);
  for (const { labelSelector } of options.fallbackStrategy ?? []) {
    validateSelector('fallbackStrategy[].labelSelector', labelSelector);
  }
  requireRecord('runtimeEnv', options.runtimeEnv);
  if (options.runtimeEnv) validateRuntimeEnv(options.runtimeEnv);
}

function validateStrategy(strategy: SchedulingStrategyOption | undefined): void {
  if (strategy === undefined || strategy === 'DEFAULT' || strategy === 'SPREAD') return;
  if (typeof strategy === 'object' && strategy !== null) {
    if ('nodeId' in strategy && typeof strategy.nodeId === 'string') return;
    if ('placementGroup' in strategy && typeof strategy.placementGroup?.id === 'string') {
      requireWhole('placementGroupBundleIndex', strategy.placementGroupBundleIndex, -1);
      return;
    }
  }
  throw new InvalidArgumentError(
    "schedulingStrategy must be 'DEFAULT', 'SPREAD', { placementGroup } or { nodeId }, got " +
      `${JSON.stringify(strategy)}.`,
  );
}

function validateSelector(name: string, selector: LabelSelectorOption | undefined): void {
  requireRecord(name, selector);
  for (const [label, value] of Object.entries(selector ?? {})) {
    if (typeof value !== 'string')
      throw new InvalidArgumentError(`${name}.${label} must be a string, got ${String(value)}.`);
  }
}

/** The group that captures what is created here; empty for none. */
export const capturingPlacementGroup = (): string =>
  currentTask()?.capturedPlacementGroupId || workerContext()?.actor?.capturedPlacementGroupId || '';

/** The group in whose bundle this code runs; empty for none. */
export const surroundingPlacementGroup = (): string =>
  currentTask()?.placementGroupId || workerContext()?.actor?.placementGroupId || '';

/** @param capturedBy as {@link capturingPlacementGroup} says: where what names no strategy goes. */
export function strategyOf(options: SchedulingOptions, capturedBy: string): Draft<SchedulingStrategy> {
  return {
    ...strategyKind(options.schedulingStrategy, capturedBy),
    labelSelector: { ...options.labelSelector },
    fallback: (options.fallbackStrategy ?? []).map(({ labelSelector }) => ({ terms: { ...labelSelector } })),
  };
}

function strategyKind(strategy: SchedulingStrategyOption | undefined, capturedBy: string): Draft<SchedulingStrategy> {
  if (strategy === 'SPREAD') return { spread: {} };
  if (strategy === 'DEFAULT') return {};
  if (strategy === undefined) {
    if (!capturedBy) return {};
    return { bundle: { placementGroupId: capturedBy, bundleIndex: -1, captureChildTasks: true } };
  }
  if ('nodeId' in strategy) return { nodeAffinity: { nodeId: strategy.nodeId, soft: strategy.soft ?? false } };
  const { placementGroup, placementGroupBundleIndex = -1, placementGroupCaptureChildTasks = false } = strategy;
  return {
    bundle: {
      placementGroupId: placementGroup.id,
      bundleIndex: placementGroupBundleIndex,
      captureChildTasks: placementGroupCaptureChildTasks,
    },
  };
}
