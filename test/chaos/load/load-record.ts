import type { Size } from './content.js';

/** What the load asks of the cluster. */
export const works = [
  /** A call of an actor that promises not to run twice. */
  'at-most-once',
  /** A call of an actor that promises to run. */
  'at-least-once',
  'create-group',
  'remove-group',
  'put-key',
  'get-key',
  /** A task, or a chain of them, that may be run again as often as it takes. */
  'task',
  'put-object',
  /** By the process that put it. */
  'read-object',
  /** Gives an actor a ref that is then the only one. */
  'lend-object',
  /** The actor gives its ref to another one. */
  'hand-on-object',
  /** By an actor that has the only ref. */
  'read-lent-object',
  /** Of a task that may be run again as often as it takes. */
  'read-result',
  /** The same result, by an actor that is given it as an argument. */
  'read-argument',
] as const;

export type Work = (typeof works)[number];

/**
 * What became of a piece of work, as its driver saw it: `refused` for an error that says that nothing was done, `unknown` for
 * one that leaves it open.
 */
export type Step = 'started' | 'acknowledged' | 'refused' | 'unknown';

/** A line of a driver's record file. */
export interface LoadRecord {
  /** Since 1970. */
  readonly atMs: number;
  readonly work: Work;
  /** Of one try: a call, a task, a write; of a group, its name. */
  readonly id: string;
  readonly step: Step;
  /** What is written to a key, or was read from it. */
  readonly value?: number;
  /** The key. */
  readonly key?: string;
  /** Of an object. */
  readonly size?: Size;
  /** The code and the message of an error. */
  readonly error?: string;
  /** Of an error of the cluster: its code, and its reason where it says one. */
  readonly code?: string;
  readonly reason?: string;
}
