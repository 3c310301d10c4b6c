import type { CollectiveCall, PeerLinks, TakePiece } from '../../../../src/collective/peer-links.js';
import { Deferred } from '../../../../src/core/index.js';

/** Links between ranks of one process; a piece has at most `pieceBytes` bytes. */
export function memoryLinks(worldSize: number, pieceBytes = 64): PeerLinks[] {
  const lines = new Map<string, Line>();
  const lineOf = (from: number, to: number): Line => {
    const key = `${from}>${to}`;
    const line = lines.get(key) ?? new Line();
    lines.set(key, line);
    return line;
  };
  return Array.from({ length: worldSize }, (_, rank) => ({
    send: async (peer: number, _call: CollectiveCall, bytes: Uint8Array) => {
      const numPieces = Math.max(1, Math.ceil(bytes.byteLength / pieceBytes));
      for (let piece = 0; piece < numPieces; piece++) {
        lineOf(rank, peer).push(bytes.slice(piece * pieceBytes, (piece + 1) * pieceBytes));
      }
    },
    receive: async (peer: number, _call: CollectiveCall, numBytes: number, take: TakePiece) => {
      let received = 0;
      do {
        const piece = await lineOf(peer, rank).take();
        take(piece, received);
        received += piece.byteLength;
      } while (received < numBytes);
    },
    close: () => {
      for (const [key, line] of lines) if (key.split('>').includes(String(rank))) line.close();
    },
  }));
}

class Line {
  readonly #pieces: Uint8Array[] = [];
  #waiting: Deferred<Uint8Array> | undefined;

  push(piece: Uint8Array): void {
    if (this.#waiting) this.#waiting.resolve(piece);
    else this.#pieces.push(piece);
    this.#waiting = undefined;
  }

  async take(): Promise<Uint8Array> {
    const piece = this.#pieces.shift();
    if (piece) return piece;
    this.#waiting = new Deferred();
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting?.reject(new Error('the link was closed'));
  }
}
