/** What the load asks of the cluster. */
export type Work =
  /** A call of an actor that promises not to run twice. */
  | 'at-most-once'
  /** A call of an actor that promises to run. */
  | 'at-least-once'
  | 'create-group'
  | 'remove-group'
  | 'put-key'
  | 'get-key'
  /** A task, or a chain of them, that may be run again as often as it takes. */
  | 'task';

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
  /** The code and the message of an error. */
  readonly error?: string;
}
