import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Carries connections to a port until it is frozen: from then on neither end hears of the other, nor of its end. */
export class FrozenProxy {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  static async to(port: number): Promise<FrozenProxy> {
    const proxy = new FrozenProxy(port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.on('data', (data) => far.write(data));
      far.on('data', (data) => near.write(data));
      this.#sockets.push(near, far);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops reading: the kernel takes what fits into its buffers, then nothing more. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
