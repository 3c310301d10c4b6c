import {
  ChannelClosedError,
  Deferred,
  IllegalStateError,
  RankFailedError,
  type RayError,
  sleep,
  toError,
} from '../../core/index.js';
import {
  type Draft,
  fromErrorDetail,
  type MessageStream,
  type RendezvousComplete,
  type RendezvousGone,
  type RendezvousQuestion,
  type RendezvousReply,
  type RendezvousRequest,
  type RendezvousResult,
  type StreamEnd,
  toErrorDetail,
} from '../../rpc/index.js';
import { capitalized, peerText, type RendezvousPeer } from './peer-text.js';
import type { AnswerQuestion, PeerGone, Rendezvous, WaitOption } from './rendezvous.js';

/** How long the host gets to take the farewell. */
const FAREWELL_MS = 1_000;

interface Pending {
  readonly result: Deferred<readonly string[]>;
  /** Whether it can still come to something without the rank. */
  readonly needs: (rank: number) => boolean;
}

type State =
  | { readonly kind: 'joining' }
  | { readonly kind: 'open' }
  /** Nothing comes any more: `reason` is what calls throw. */
  | { readonly kind: 'over'; readonly reason: RayError };

export interface RendezvousMemberOptions {
  readonly stream: MessageStream<RendezvousReply, RendezvousRequest>;
  readonly rank: number;
  readonly worldSize: number;
  readonly address: string;
  readonly timeoutMs: number;
  /** Called while ranks are missing, with them in words. */
  readonly onWaiting: (missing: readonly string[]) => void;
  /** Lets go of the connection, once the membership has ended. May be called several times. */
  readonly release: () => Promise<void>;
}

/** A member's end of its stream. */
export class RendezvousMember implements Rendezvous {
  readonly rank: number;
  readonly worldSize: number;
  readonly address: string;
  worldId = '';
  members: readonly RendezvousPeer[] = [];
  /** Resolves when all ranks are there; rejects when this one is refused, or nobody answers. */
  readonly complete = new Deferred<void>();
  readonly #options: RendezvousMemberOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #handlers = new Map<string, AnswerQuestion>();
  readonly #listeners = new Set<(gone: PeerGone) => void>();
  readonly #gone: PeerGone[] = [];
  readonly #left = new Set<number>();
  readonly #ended = new Deferred<void>();
  #numRequests = 0;
  #state: State = { kind: 'joining' };

  constructor(options: RendezvousMemberOptions) {
    this.#options = options;
    this.rank = options.rank;
    this.worldSize = options.worldSize;
    this.address = options.address;
    options.stream.receive((reply) => this.#onReply(reply));
    options.stream.onEnd((end) => this.#onStreamEnd(end));
  }

  async put(key: string, value: string): Promise<void> {
    this.#requireOpen();
    await this.#send({ put: { key, value } });
  }

  async get(key: string): Promise<string | undefined> {
    const [value] = await this.#request((requestId) => ({ get: { requestId, key, waitMs: 0 } }));
    return value;
  }

  async waitFor(key: string, options: WaitOption = {}): Promise<string> {
    const waitMs = this.#timeoutOf(options);
    const [value] = await this.#request((requestId) => ({ get: { requestId, key, waitMs } }));
    return value!;
  }

  async delete(key: string): Promise<void> {
    this.#requireOpen();
    await this.#send({ delete: { key } });
  }

  async allGather<T>(name: string, value: T, options: WaitOption = {}): Promise<T[]> {
    const given = { name, value: JSON.stringify(value), timeoutMs: this.#timeoutOf(options) };
    const values = await this.#request(
      (requestId) => ({ gather: { requestId, ...given } }),
      () => true,
    );
    return values.map((text) => JSON.parse(text) as T);
  }

  async barrier(name: string, options: WaitOption = {}): Promise<void> {
    await this.allGather(name, null, options);
  }

  async ask(rank: number, topic: string, body: string, options: WaitOption = {}): Promise<string> {
    const timeoutMs = this.#timeoutOf(options);
    const [answer] = await this.#request(
      (requestId) => ({ ask: { requestId, rank, topic, body, timeoutMs } }),
      (needed) => needed === rank,
    );
    return answer!;
  }

  onQuestion(topic: string, answer: AnswerQuestion): () => void {
    this.#handlers.set(topic, answer);
    return () => {
      this.#handlers.delete(topic);
    };
  }

  onPeerGone(listener: (gone: PeerGone) => void): () => void {
    this.#listeners.add(listener);
    for (const gone of this.#gone) listener(gone);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async close(lastWords?: string): Promise<void> {
    void this.#send({ leave: { hasFailed: lastWords !== undefined, lastWords: lastWords ?? '' } });
    this.#end(new IllegalStateError(`Rank ${this.rank} has left its world.`));
    this.#options.stream.close();
    await Promise.race([this.#ended.promise, sleep(FAREWELL_MS)]);
    await this.#options.release();
  }

  #onReply({ waiting, complete, result, question, gone }: RendezvousReply): void {
    if (waiting) this.#options.onWaiting(waiting.missing);
    if (complete) this.#onComplete(complete);
    if (result) this.#onResult(result);
    if (question) void this.#onQuestion(question);
    if (gone) this.#onGone(gone);
  }

  #onComplete({ worldId, members }: RendezvousComplete): void {
    this.worldId = worldId;
    this.members = members;
    if (this.#state.kind === 'joining') this.#state = { kind: 'open' };
    this.complete.resolve();
  }

  #onResult({ requestId, values, error }: RendezvousResult): void {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    if (error) pending?.result.reject(fromErrorDetail(error));
    else pending?.result.resolve(values);
  }

  async #onQuestion({ questionId, fromRank, topic, body }: RendezvousQuestion): Promise<void> {
    try {
      const handler = this.#handlers.get(topic);
      if (!handler) throw new IllegalStateError(`Rank ${this.rank} answers no questions about ${topic}.`);
      await this.#send({ answer: { questionId, body: await handler(body, fromRank) } });
    } catch (error) {
      await this.#send({ answer: { questionId, body: '', error: toErrorDetail(error) } });
    }
  }

  #onGone({ peer, hasFailed, lastWords }: RendezvousGone): void {
    if (!peer) return;
    if (hasFailed) this.#fail({ peer, lastWords, error: rankFailed(peer, lastWords) });
    else {
      this.#left.add(peer.rank);
      const reason = new IllegalStateError(`${capitalized(peerText(peer))} has left the world, its work done.`);
      for (const { result, needs } of this.#pending.values()) if (needs(peer.rank)) result.reject(reason);
    }
  }

  /** The host is rank 0's process: the end of the stream is its end, unless it said farewell before. */
  #onStreamEnd(end: StreamEnd): void {
    this.#ended.resolve();
    if (this.#state.kind === 'joining') {
      this.complete.reject(end ?? new ChannelClosedError(`Rank 0 at ${this.address} ended the rendezvous.`));
      return;
    }
    const host = this.members[0]!;
    if (this.#state.kind === 'open' && !this.#left.has(0)) {
      this.#fail({ peer: host, lastWords: '', error: rankFailed(host, '', end) });
    }
    this.#end(new IllegalStateError('Rank 0 has left the world, and the world has ended with it.'));
    void this.#options.release();
  }

  #fail(gone: PeerGone): void {
    this.#gone.push(gone);
    this.#end(gone.error);
    for (const listener of this.#listeners) listener(gone);
  }

  #end(reason: RayError): void {
    if (this.#state.kind === 'over') return;
    this.#state = { kind: 'over', reason };
    for (const { result } of this.#pending.values()) result.reject(reason);
    this.#pending.clear();
  }

  #request(
    render: (requestId: number) => Draft<RendezvousRequest>,
    needs: (rank: number) => boolean = () => false,
  ): Promise<readonly string[]> {
    this.#requireOpen();
    const left = [...this.#left].find(needs);
    if (left !== undefined) throw new IllegalStateError(`Rank ${left} has left the world, its work done.`);
    const requestId = this.#numRequests++;
    const result = new Deferred<readonly string[]>();
    this.#pending.set(requestId, { result, needs });
    void this.#send(render(requestId));
    return result.promise;
  }

  #send(request: Draft<RendezvousRequest>): Promise<void> {
    return this.#options.stream.send(request);
  }

  #timeoutOf({ timeoutMs = this.#options.timeoutMs }: WaitOption): number {
    return Math.max(1, Math.ceil(timeoutMs));
  }

  #requireOpen(): void {
    if (this.#state.kind === 'over') throw this.#state.reason;
  }
}

function rankFailed(peer: RendezvousPeer, lastWords: string, cause?: unknown): RankFailedError {
  const words = lastWords || 'its process ended, or can no longer be reached';
  return new RankFailedError(`${capitalized(peerText(peer))} is gone: ${words}.`.replace(/\.\.$/, '.'), {
    details: { rank: peer.rank, host: peer.hostname, pid: peer.pid },
    ...(cause === undefined ? {} : { cause: toError(cause) }),
  });
}
