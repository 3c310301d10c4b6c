import { type Credentials, HeadUnavailableError } from '../src/core/index.js';
import { RpcServer, type ServiceHandlers, type Services } from '../src/rpc/index.js';

type Handlers = Partial<ServiceHandlers<Services['HeadService']>>;
type Handler = (...args: readonly unknown[]) => unknown;

/**
 * Where a head is reached. It listens before the head is one, so that a taken port shows at the start; until it is opened,
 * callers learn that the head is not here, and look elsewhere or wait.
 */
export class HeadDoor {
  readonly #server: RpcServer;
  #handlers: Handlers | undefined;

  constructor(credentials: Credentials) {
    this.#server = new RpcServer(credentials);
    // Whatever method is asked for: the service's definition says which there are.
    const everyMethod = new Proxy<Handlers>({}, { get: (_target, method) => this.#delegate(String(method)) });
    this.#server.addService('HeadService', everyMethod);
  }

  /**
   * @param port 0 takes a free one.
   * @returns the port. @throws {InvalidArgumentError} when it is taken or the host is not this machine's.
   */
  listen(host: string, port: number): Promise<number> {
    return this.#server.listen(host, port);
  }

  open(handlers: Handlers): void {
    this.#handlers = handlers;
  }

  close(): void {
    this.#server.close();
  }

  #delegate(method: string): Handler {
    return (...args) => {
      const handler = (this.#handlers as Record<string, Handler | undefined> | undefined)?.[method];
      if (handler) return handler(...args);
      throw new HeadUnavailableError(
        this.#handlers ? `This head does not know ${method}.` : 'This head is not in charge: it starts, or stands by.',
      );
    };
  }
}
