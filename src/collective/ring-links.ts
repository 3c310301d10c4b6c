import {
  type AsyncRingReader,
  type AsyncRingWriter,
  attachAsyncRingReader,
  attachAsyncRingWriter,
  type TensorFrame,
} from '../channel/index.js';
import { ChannelClosedError, IllegalStateError } from '../core/index.js';
import {
  type CollectiveCall,
  collectiveOperations,
  type PeerLinks,
  type PeerRings,
  type TakePiece,
} from './peer-links.js';

/** A piece of a message: small enough that several fit the ring, so that one end fills it while the other empties it. */
const PIECES_PER_RING = 4;
const ALIGNMENT = 64;

/** Links over rings, attached when they are first used. */
export class RingLinks implements PeerLinks {
  readonly #rank: number;
  readonly #rings: ReadonlyMap<number, PeerRings>;
  readonly #readers = new Map<number, AsyncRingReader>();
  readonly #writers = new Map<number, AsyncRingWriter>();
  /** A ring carries one message after the other in each direction. */
  readonly #busy = new Map<string, Promise<unknown>>();
  #state: 'open' | 'closed' = 'open';

  constructor(rank: number, rings: ReadonlyMap<number, PeerRings>) {
    this.#rank = rank;
    this.#rings = rings;
  }

  send(peer: number, call: CollectiveCall, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(`to ${peer}`, async () => {
      const writer = this.#writer(peer);
      const pieceBytes = Math.floor(writer.maxPayloadBytes / PIECES_PER_RING / ALIGNMENT) * ALIGNMENT;
      const shape = [collectiveOperations.indexOf(call.operation), bytes.byteLength];
      let sent = 0;
      do {
        const payload = bytes.subarray(sent, sent + pieceBytes);
        await writer.write({ tag: call.sequence | 0, dtype: 'bytes', shape, payload });
        sent += pieceBytes;
      } while (sent < bytes.byteLength);
    });
  }

  receive(peer: number, call: CollectiveCall, numBytes: number, take: TakePiece): Promise<void> {
    return this.#inTurn(`from ${peer}`, async () => {
      const reader = this.#reader(peer);
      let received = 0;
      do {
        const frame = await reader.read();
        this.#requireSameCall(frame, peer, call, numBytes);
        take(frame.payload, received);
        received += frame.payload.byteLength;
      } while (received < numBytes);
    });
  }

  close(): void {
    this.#state = 'closed';
    for (const end of [...this.#readers.values(), ...this.#writers.values()]) end.close();
  }

  #inTurn(direction: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#busy.get(direction) ?? Promise.resolve()).then(work);
    this.#busy.set(
      direction,
      done.catch(() => undefined),
    );
    return done;
  }

  #reader(peer: number): AsyncRingReader {
    const reader = this.#readers.get(peer) ?? attachAsyncRingReader(this.#ringsOf(peer).incomingPath);
    this.#readers.set(peer, reader);
    return reader;
  }

  #writer(peer: number): AsyncRingWriter {
    const writer = this.#writers.get(peer) ?? attachAsyncRingWriter(this.#ringsOf(peer).openOutgoing());
    this.#writers.set(peer, writer);
    return writer;
  }

  #ringsOf(peer: number): PeerRings {
    const rings = this.#state === 'open' ? this.#rings.get(peer) : undefined;
    if (rings) return rings;
    throw new ChannelClosedError(`Rank ${this.#rank} has no open link to rank ${peer}.`);
  }

  #requireSameCall(frame: TensorFrame, peer: number, call: CollectiveCall, numBytes: number): void {
    const [code = -1, sentBytes = -1] = frame.shape;
    const operation = collectiveOperations[code];
    if (operation === call.operation && frame.tag === (call.sequence | 0) && sentBytes === numBytes) return;
    throw new IllegalStateError(
      `Rank ${this.#rank} is at ${call.operation} number ${call.sequence} with ${numBytes} bytes, but rank ${peer} is at ` +
        `${operation} number ${frame.tag} with ${sentBytes} bytes. Every rank must call the same operations in the same ` +
        'order, with tensors of the same length.',
    );
  }
}
