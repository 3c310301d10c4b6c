import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** A TCP address that leads to the Redis behind a unix socket, as a name or a virtual address does to the server in charge. */
export class RedisFront {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: string;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((client) => this.#connect(client));
  }

  /** @param target the path of the unix socket. */
  static async open(target: string): Promise<RedisFront> {
    const front = new RedisFront(target);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the front is not open');
    return `redis://127.0.0.1:${address.port}`;
  }

  /** New connections lead there; those to the earlier server break. */
  moveTo(target: string): void {
    this.#target = target;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #connect(client: Socket): void {
    const redis = createConnection(this.#target);
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(socket);
      // A socket that breaks is closed, which ends the other one.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
