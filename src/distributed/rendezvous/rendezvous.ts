import type { RankFailedError } from '../../core/index.js';
import type { RendezvousPeer } from './peer-text.js';

/** A member that is gone though the world's work was not done. */
export interface PeerGone {
  readonly peer: RendezvousPeer;
  /** Why it left, in its own words; empty when it was killed or its host can't be reached. */
  readonly lastWords: string;
  /** Names it; what every wait of this member fails with, if it is the first that is gone. */
  readonly error: RankFailedError;
}

export interface WaitOption {
  /** Default that of joining. */
  readonly timeoutMs?: number;
}

/** Answers questions of other members about one topic. The asker gets what it throws. */
export type AnswerQuestion = (body: string, fromRank: number) => string | Promise<string>;

/**
 * A rank's membership in a world whose ranks are all there: a table of keys, gathers, and questions from one to another. Values
 * are small; tensors go over groups. What one member does, the others see in that order.
 *
 * Once a member has failed, everything that waits and everything that is called later throws a {@link RankFailedError} which
 * names the first one. Waits throw {@link DeadlineExceededError} naming who did not come.
 */
export interface Rendezvous {
  readonly rank: number;
  readonly worldSize: number;
  /** Names this world: no other one, before or after, has the same. 28 hexadecimal digits. */
  readonly worldId: string;
  /** host:port where rank 0 listens. */
  readonly address: string;
  /** The processes, in order of rank. */
  readonly members: readonly RendezvousPeer[];

  put(key: string, value: string): Promise<void>;
  /** Undefined when nobody has put it. */
  get(key: string): Promise<string | undefined>;
  /** Resolves when somebody has put it. */
  waitFor(key: string, options?: WaitOption): Promise<string>;
  delete(key: string): Promise<void>;
  /** What all ranks gave under the name, in order of rank. Values are JSON values. A name may be used again afterwards. */
  allGather<T>(name: string, value: T, options?: WaitOption): Promise<T[]>;
  /** Resolves when every rank has called it with this name. */
  barrier(name: string, options?: WaitOption): Promise<void>;
  /** Asks another member, whose handler of the topic answers while its event loop runs. */
  ask(rank: number, topic: string, body: string, options?: WaitOption): Promise<string>;
  /** Questions about a topic without a handler are answered with an error. Returns what takes the handler away. */
  onQuestion(topic: string, answer: AnswerQuestion): () => void;
  /** Called for each member that fails, at once for one that has; not for those that leave in order. */
  onPeerGone(listener: (gone: PeerGone) => void): () => void;
  /**
   * Leaves. Idempotent. Resolves when the others have been told; rank 0 also stops to listen.
   * @param lastWords why, when the work is not done: the others' waits fail with it.
   */
  close(lastWords?: string): Promise<void>;
}
