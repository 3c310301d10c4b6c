import type { Socket } from 'node:net';
import { peerName } from './token-interceptor.js';

export interface GateLimits {
  /** From a connection's start to its first call with the right token. */
  readonly authenticateWithinMs: number;
  /** Connections that have not made one; of more than these the oldest are cut. */
  readonly maxStrangers: number;
}

/** Generous to a peer whose host is overloaded; a stranger can hold at most these, and costs about 100 KB each. */
export const DEFAULT_GATE_LIMITS: GateLimits = { authenticateWithinMs: 10_000, maxStrangers: 1_024 };

interface Stranger {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
}

/**
 * Cuts connections that don't authenticate themselves: half-open ones, floods of them, and peers of another protocol.
 * One that did may stay as long as it likes; its end is HTTP/2's business.
 */
export class ConnectionGate {
  readonly #limits: GateLimits;
  readonly #sockets = new Set<Socket>();
  /** Oldest first. */
  readonly #strangers = new Map<string, Stranger>();

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** All open connections. */
  get numConnections(): number {
    return this.#sockets.size;
  }

  /** Watches over a connection that was just accepted. */
  watch(socket: Socket): void {
    // Taken now: a socket that has closed no longer knows its peer.
    const peer = peerName(socket);
    // A reset before anybody else listens would end the process.
    socket.on('error', () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), this.#limits.authenticateWithinMs).unref();
    this.#sockets.add(socket);
    this.#strangers.set(peer, { socket, timer });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      // The address may be another connection's by now.
      if (this.#strangers.get(peer)?.socket === socket) this.welcome(peer);
    });
    if (this.#strangers.size > this.#limits.maxStrangers) this.#cutOldest();
  }

  /** The peer has shown the token. */
  welcome(peer: string): void {
    clearTimeout(this.#strangers.get(peer)?.timer);
    this.#strangers.delete(peer);
  }

  /** Cuts every connection. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #cutOldest(): void {
    const [oldest] = this.#strangers;
    if (!oldest) return;
    const [peer, { socket }] = oldest;
    this.welcome(peer);
    socket.destroy();
  }
}
