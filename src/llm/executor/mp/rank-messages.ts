import type { ErrorRecord } from '../../engine/error-record.js';

/** To a forked rank, over its IPC channel: a call of a worker method, answered by a message of the same id. */
export interface RankCall {
  readonly callId: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** From a forked rank. Answers come in the order in which calls end. */
export type RankAnswer =
  | { readonly callId: number; readonly kind: 'result'; readonly value: unknown }
  | { readonly callId: number; readonly kind: 'error'; readonly error: ErrorRecord };
