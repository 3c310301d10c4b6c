import { DeadlineExceededError, InvalidArgumentError, sleep } from '../../core/index.js';
import {
  fromErrorDetail,
  type MessageStream,
  type RendezvousAnswer,
  type RendezvousAsk,
  type RendezvousJoin,
  type RendezvousLeave,
  type RendezvousReply,
  type RendezvousRequest,
} from '../../rpc/index.js';
import { type AdmissionRules, refusalOf } from './admission.js';
import { Gatherings } from './gatherings.js';
import { KeyTable } from './key-table.js';
import { capitalized, peerText, type RendezvousPeer } from './peer-text.js';
import { type Answer, answerInTime, type PendingRequest } from './pending-replies.js';

type MemberStream = MessageStream<RendezvousRequest, RendezvousReply>;

/** A member that is there. */
interface Seat {
  readonly peer: RendezvousPeer;
  readonly stream: MemberStream;
  /** Its farewell, when it has said it. */
  leave: RendezvousLeave | undefined;
}

/** How long members get to take what was sent before the end. */
const CLOSE_MS = 2_000;

/** The meeting of a world's ranks, as rank 0 serves it. */
export class RendezvousHost {
  readonly #rules: AdmissionRules;
  readonly #worldId: string;
  readonly #seats = new Map<number, Seat>();
  /** What is known of ranks that came and are not there. */
  readonly #notes = new Map<number, string>();
  readonly #keys = new KeyTable();
  readonly #gatherings: Gatherings;
  readonly #questions = new Map<number, Answer>();
  #numQuestions = 0;
  #state: 'gathering' | 'complete' | 'closing' = 'gathering';

  /** @param worldId names the world; no other one has the same. */
  constructor(rules: AdmissionRules, worldId: string) {
    this.#rules = rules;
    this.#worldId = worldId;
    this.#gatherings = new Gatherings(rules.worldSize, (rank) => this.#nameRank(rank));
  }

  /** Takes a stream that a process opened; the first message says who it is. */
  serve(stream: MemberStream): void {
    let seat: Seat | undefined;
    stream.receive((request) => {
      try {
        if (seat) this.#handle(seat, request);
        else seat = this.#admit(stream, request.join);
      } catch (error) {
        stream.close(error);
      }
    });
    stream.onEnd(() => {
      if (seat) this.#onEnd(seat);
    });
  }

  /** Ends every member's stream in order; resolves when they have taken all that was sent, or after 2 s. */
  async close(): Promise<void> {
    this.#state = 'closing';
    const streams = [...this.#seats.values()].map(({ stream }) => stream);
    const ends = streams.map((stream) => new Promise<void>((resolve) => stream.onEnd(() => resolve())));
    for (const stream of streams) stream.close();
    await Promise.race([Promise.all(ends), sleep(CLOSE_MS)]);
  }

  #admit(stream: MemberStream, join: RendezvousJoin | null | undefined): Seat {
    if (!join?.self) throw new InvalidArgumentError('The first message to a rendezvous must be join.');
    const seated = new Map([...this.#seats].map(([rank, { peer }]) => [rank, peer]));
    const refusal = refusalOf(join, this.#rules, { kind: this.#state, seated });
    if (refusal) {
      if (!this.#seats.has(join.self.rank)) this.#note(join.self, `was refused: ${refusal.message}`);
      throw refusal;
    }
    const seat: Seat = { peer: join.self, stream, leave: undefined };
    this.#seats.set(seat.peer.rank, seat);
    if (this.#seats.size === this.#rules.worldSize) this.#complete();
    else this.#announceMissing();
    return seat;
  }

  #complete(): void {
    this.#state = 'complete';
    const members = this.#ranks().map((rank) => this.#seats.get(rank)!.peer);
    this.#tellAll({ complete: { worldId: this.#worldId, members } });
  }

  #note({ rank, hostname, pid }: RendezvousPeer, what: string): void {
    if (this.#state !== 'gathering') return;
    this.#notes.set(rank, `came from host ${hostname}, pid ${pid}, and ${what}`);
    this.#announceMissing();
  }

  #announceMissing(): void {
    const missing = this.#ranks()
      .filter((rank) => !this.#seats.has(rank))
      .map((rank) => (this.#notes.has(rank) ? `rank ${rank} (${this.#notes.get(rank)})` : `rank ${rank}`));
    this.#tellAll({ waiting: { missing } });
  }

  #handle(seat: Seat, { put, get, delete: deletion, gather, ask, answer, leave }: RendezvousRequest): void {
    const within = (requestId: number, timeoutMs: number): PendingRequest => ({
      requestId,
      timeoutMs,
      send: (reply) => void seat.stream.send(reply),
    });
    if (put) this.#keys.put(put.key, put.value);
    if (deletion) this.#keys.delete(deletion.key);
    if (get) this.#keys.get(get.key, within(get.requestId, get.waitMs));
    if (gather) {
      const request = within(gather.requestId, gather.timeoutMs);
      this.#gatherings.contribute(gather.name, seat.peer.rank, gather.value, request);
    }
    if (ask) this.#ask(seat, ask, within(ask.requestId, ask.timeoutMs));
    if (answer) this.#answer(answer);
    if (leave) seat.leave = leave;
  }

  /** One who is gone does not answer: that the asker is told by the announcement. */
  #ask({ peer }: Seat, { rank, topic, body }: RendezvousAsk, request: PendingRequest): void {
    const questionId = this.#numQuestions++;
    const answer = answerInTime(request, () => {
      this.#questions.delete(questionId);
      return new DeadlineExceededError(
        `${capitalized(this.#nameRank(rank))} did not answer a question about ${topic} within ${request.timeoutMs} ms.`,
      );
    });
    this.#questions.set(questionId, answer);
    void this.#seats.get(rank)?.stream.send({ question: { questionId, fromRank: peer.rank, topic, body } });
  }

  #answer({ questionId, body, error }: RendezvousAnswer): void {
    this.#questions.get(questionId)?.(error ? fromErrorDetail(error) : [body]);
    this.#questions.delete(questionId);
  }

  #onEnd({ peer, leave }: Seat): void {
    this.#seats.delete(peer.rank);
    const hasFailed = leave?.hasFailed ?? true;
    const lastWords = leave?.lastWords ?? '';
    if (this.#state === 'gathering') this.#note(peer, `left${lastWords ? `: ${lastWords}` : ''}`);
    else if (this.#state === 'complete') this.#tellAll({ gone: { peer, hasFailed, lastWords } });
  }

  #tellAll(reply: Parameters<MemberStream['send']>[0]): void {
    for (const { stream } of this.#seats.values()) void stream.send(reply);
  }

  #nameRank(rank: number): string {
    const seat = this.#seats.get(rank);
    return seat ? peerText(seat.peer) : `rank ${rank}`;
  }

  #ranks(): number[] {
    return Array.from({ length: this.#rules.worldSize }, (_, rank) => rank);
  }
}
