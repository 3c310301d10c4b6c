import type { ErrorDetails } from '../core/index.js';

/**
 * How a process starts a daemon of ray-ts: it forks it, sends the start message over the IPC channel (so that no secret
 * shows in a process list), and waits for one answer.
 */

export interface StartMessage<Config> {
  readonly kind: 'start';
  readonly config: Config;
  /** End when the process that started it is gone; otherwise the daemon outlives it. */
  readonly tiedToParent: boolean;
}

export type StartAnswer<Ready> =
  | { readonly kind: 'ready'; readonly ready: Ready }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly details: ErrorDetails };
