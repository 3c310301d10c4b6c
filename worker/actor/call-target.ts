import type { Call, CallHandshake } from '../../src/rpc/index.js';
import type { Mailbox } from './mailbox.js';

/** What a call runs: a method of the actor, or a task's function. */
export interface CallCode {
  /** For people: "Counter.add". */
  readonly name: string;
  readonly run: (...args: unknown[]) => unknown;
}

/** What the calls of one stream are made to. */
export interface CallTarget {
  /** A promise while a module is imported. @throws {InvalidArgumentError} for a method that does not exist. */
  find(call: Call): CallCode | Promise<CallCode>;
  /** Where the call waits its turn. @throws {InvalidArgumentError} for a concurrency group that does not exist. */
  mailboxOf(call: Call): Mailbox;
  /** A call waits for others; the function returned says that it goes on. */
  block(call: Call): () => void;
  /** Calls of a caller that is gone run on: it may have left in order. Otherwise they are cancelled with their stream. */
  readonly outlivesCaller: boolean;
  /** In whose bundle the calls run; empty for none. */
  readonly placementGroupId: string;
}

/** Who answers calls in this process. */
export interface CallHost {
  /**
   * Lets a caller in.
   * @param close ends the stream when what it calls is over.
   * @throws {ActorDiedError} when the caller means somebody else.
   */
  admit(handshake: CallHandshake, close: (error?: unknown) => void): CallTarget | Promise<CallTarget>;
}
