import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Deferred } from '../../src/core/index.js';

/** Bytes that left one end and have not reached the other. */
interface Parcel {
  readonly arrivesMs: number;
  readonly deliver: () => void;
}

/**
 * A link with a delay, where the kernel has none to offer: connections through it get their bytes so much later, each way,
 * at any rate. It spins while bytes are on the way, as timers are too coarse for less than a millisecond.
 */
export class DelayingProxy {
  readonly #delayMs: number;
  readonly #servers: Server[] = [];
  readonly #sockets: Socket[] = [];
  readonly #parcels: Parcel[] = [];
  #state: 'idle' | 'delivering' = 'idle';

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** @param target host:port. @returns the host:port that leads there. */
  async open(target: string): Promise<string> {
    const [host, port] = target.split(':');
    const server = createServer({ noDelay: true }, (near) => this.#join(near, connect(Number(port), host!)));
    this.#servers.push(server);
    const listening = new Deferred<void>();
    server.listen(0, '127.0.0.1', () => listening.resolve());
    await listening.promise;
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, far: Socket): void {
    far.setNoDelay(true);
    this.#sockets.push(near, far);
    this.#carry(near, far);
    this.#carry(far, near);
  }

  #carry(from: Socket, to: Socket): void {
    from.on('data', (bytes) => this.#send(() => void to.write(bytes)));
    from.on('close', () => this.#send(() => void to.destroy()));
    // The ranks end without a word; what they measured is known by then.
    from.on('error', () => undefined);
  }

  #send(deliver: () => void): void {
    this.#parcels.push({ arrivesMs: performance.now() + this.#delayMs, deliver });
    if (this.#state === 'delivering') return;
    this.#state = 'delivering';
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    while (this.#parcels.length > 0 && this.#parcels[0]!.arrivesMs <= performance.now())
      this.#parcels.shift()!.deliver();
    if (this.#parcels.length === 0) this.#state = 'idle';
    else setImmediate(() => this.#deliver());
  }
}
