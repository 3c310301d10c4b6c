import { InternalError } from './errors/index.js';

/** From each state, the states that may follow. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

/**
 * Returns `to` when the table allows it after `from`.
 * @throws {InternalError} naming the machine, the subject and both states, when it does not.
 */
export function transition<State extends string>(
  transitions: Transitions<State>,
  machine: string,
  subject: string,
  from: State,
  to: State,
): State {
  if (!transitions[from].includes(to)) throw new InternalError(`${machine} ${subject} can't go from ${from} to ${to}.`);
  return to;
}
