import { InvalidArgumentError, type Resources } from '../core/index.js';
import { type MethodOptions, validateMethodOptions } from '../runtime/handles/method-options.js';
import { requireKnownOptions, requireRecord, requireText, requireWhole } from '../runtime/handles/option-rules.js';
import {
  askedResources,
  RESOURCE_OPTION_NAMES,
  type ResourceOptions,
  validateResourceOptions,
} from './resource-options.js';
import { SCHEDULING_OPTION_NAMES, type SchedulingOptions, validateSchedulingOptions } from './scheduling-options.js';

/**
 * What an actor asks for and how it lives. An actor that asks for no resources is placed where a CPU is free but holds none
 * (Ray's rule). One that asks for others and not for CPUs holds 1 CPU; but one that asks for GPUs holds no CPU, so that a
 * {GPU: 1} bundle is enough for it (Ray holds 1 there).
 */
export interface ActorOptions extends ResourceOptions, SchedulingOptions {
  /** Others find the actor by it with `getActor`; no other living actor of the namespace may have it. */
  readonly name?: string;
  /** Default: the job's. */
  readonly namespace?: string;
  /** 'detached': it outlives its handles and its job, until it is killed. Default: it ends with them. */
  readonly lifetime?: 'detached' | 'non_detached';
  /** Give the living actor of that name instead of an error, if there is one. */
  readonly getIfExists?: boolean;
  /** How often its process is started again after it was lost; -1: any number. State is not kept. Default 0. */
  readonly maxRestarts?: number;
  /** Tries of each call after the first one when the process or the way to it is lost; -1: any number. Default 0. */
  readonly maxTaskRetries?: number;
  /**
   * Calls that run at once. Default 1: one after the other, in order, also where methods are async (Ray: 1000 there). Most
   * methods of TypeScript are async, and what they do to the actor's state between two awaits should not mix.
   */
  readonly maxConcurrency?: number;
  /** Groups of methods with limits of their own, which do not wait for each other: { io: 2, compute: 1 }. */
  readonly concurrencyGroups?: Readonly<Record<string, number>>;
  /** Options of single methods, by name. */
  readonly methods?: Readonly<Record<string, MethodOptions>>;
  /** Calls of one process that may be unfinished; another one is an error. Default -1: any number. */
  readonly maxPendingCalls?: number;
}

const OPTION_NAMES: readonly (keyof ActorOptions)[] = [
  ...RESOURCE_OPTION_NAMES,
  ...SCHEDULING_OPTION_NAMES,
  'name',
  'namespace',
  'lifetime',
  'getIfExists',
  'maxRestarts',
  'maxTaskRetries',
  'maxConcurrency',
  'concurrencyGroups',
  'methods',
  'maxPendingCalls',
];

/** @throws {InvalidArgumentError} for an unknown option or a value out of range. */
export function validateActorOptions(options: ActorOptions): void {
  requireKnownOptions('an actor', options, OPTION_NAMES);
  validateResourceOptions(options);
  validateSchedulingOptions(options);
  requireText('name', options.name);
  requireText('namespace', options.namespace);
  requireLifetime(options.lifetime);
  requireWhole('maxRestarts', options.maxRestarts, -1);
  requireWhole('maxTaskRetries', options.maxTaskRetries, -1);
  requireWhole('maxConcurrency', options.maxConcurrency, 1);
  requireWhole('maxPendingCalls', options.maxPendingCalls, -1, 0);
  if (options.getIfExists && !options.name) throw new InvalidArgumentError('getIfExists needs a name.');
  validateGroups(options);
}

function requireLifetime(lifetime: string | undefined): void {
  if (lifetime === undefined || lifetime === 'detached' || lifetime === 'non_detached') return;
  throw new InvalidArgumentError(`lifetime must be 'detached' or 'non_detached', got ${JSON.stringify(lifetime)}.`);
}

function validateGroups({ concurrencyGroups = {}, methods = {} }: ActorOptions): void {
  requireRecord('concurrencyGroups', concurrencyGroups);
  requireRecord('methods', methods);
  for (const [group, limit] of Object.entries(concurrencyGroups)) requireWhole(`concurrencyGroups.${group}`, limit, 1);
  for (const [method, options] of Object.entries(methods)) {
    validateMethodOptions(options);
    const { concurrencyGroup: group } = options;
    if (group === undefined || Object.hasOwn(concurrencyGroups, group)) continue;
    throw new InvalidArgumentError(`Method ${method} is in concurrency group ${group}, which concurrencyGroups lacks.`);
  }
}

/** What an actor takes from its node, in fixed point. */
export interface ActorResources {
  /** For as long as it lives. */
  readonly held: Readonly<Resources>;
  /** Free when it is placed, beyond what it holds. */
  readonly toBePlaced: Readonly<Resources>;
}

export function actorResources(options: ActorOptions): ActorResources {
  const asksForNothing = RESOURCE_OPTION_NAMES.every((name) => options[name] === undefined);
  const held = askedResources(options, asksForNothing || (options.numGpus ?? 0) > 0 ? 0 : 1);
  return { held, toBePlaced: asksForNothing ? askedResources({}, 1) : held };
}
