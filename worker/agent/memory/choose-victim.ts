/** A process of this node that may be ended to free memory. */
export interface MemoryUser {
  readonly kind: 'idle' | 'task' | 'actor';
  /** Of the lease, the actor or the idle worker. */
  readonly id: string;
  /** For people: the task's name or the actor's class. */
  readonly name: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Somebody runs it again when it was ended. */
  readonly isRetriable: boolean;
  /** Bytes that would be free without it: its own and its children's. */
  readonly bytes: number;
}

/**
 * Whom to end when memory runs out: an idle worker first (the largest: nothing is lost with it), then what is run again
 * (tasks before actors), then what is not; of equals the newest, which has done the least.
 * @source Ray's worker killing policy, by groups of retriable tasks
 */
export function chooseVictim(users: readonly MemoryUser[]): MemoryUser | undefined {
  return [...users].sort(
    (left, right) =>
      rank(left) - rank(right) ||
      (left.kind === 'idle' ? right.bytes - left.bytes : right.startedAtMs - left.startedAtMs),
  )[0];
}

function rank({ kind, isRetriable }: MemoryUser): number {
  if (kind === 'idle') return 0;
  const byKind = kind === 'task' ? 1 : 2;
  return isRetriable ? byKind : byKind + 2;
}
