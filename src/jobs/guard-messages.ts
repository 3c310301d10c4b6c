import type { EntrypointExit } from './submitted-job.js';

/** What a supervisor and the guard of its entrypoint tell each other over the IPC channel. */

/** The first message: run this. */
export interface GuardOrder {
  readonly entrypoint: readonly string[];
}

export type GuardReport =
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'ended'; readonly exit: EntrypointExit };
