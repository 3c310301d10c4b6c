import type { RayError } from '../../core/index.js';
import type { ClientMessage, EngineCoreMessage } from './engine-core-messages.js';

/** Receives what an engine core says; set before it can have said anything. */
export interface LinkListener {
  onMessage(message: EngineCoreMessage): void;
  /** Called once, after the last message. @param error undefined when the engine core ended by itself. */
  onEnd(error: RayError | undefined): void;
}

/** The way to an engine core that runs elsewhere: in a thread, in a process of its own. */
export interface EngineCoreLink {
  /** To be called once, in the turn of the event loop that opened the link. */
  listen(listener: LinkListener): void;
  /**
   * Messages arrive in their order; those to an engine core that is gone are lost. `shutdown` also ends a step that is
   * blocked in a wait.
   * @throws when the message holds what can't be copied, such as a function.
   */
  post(message: ClientMessage): void;
  /** Keeps this process alive for the engine core, as it does when it is opened. */
  ref(): void;
  unref(): void;
  /** Ends the engine core at once, whatever it does. */
  terminate(): void;
}
