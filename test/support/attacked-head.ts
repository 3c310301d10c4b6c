import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Deferred } from '../../src/core/index.js';
import type { WorkerEvent, WorkerMessage } from '../../src/rpc/index.js';
import { createHeadClient, type HeadClient, type MessageStream } from '../../src/rpc/index.js';
import type { HeadLikeFacts, HeadLikeOptions } from './head-like-server.js';

/** A head-like process under attack, and others that work with it all the while. */
export class AttackedHead {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #client: HeadClient;
  readonly #stream: MessageStream<WorkerEvent, WorkerMessage>;
  #answer = new Deferred<void>();

  static async start(options: HeadLikeOptions): Promise<AttackedHead> {
    const script = join(process.cwd(), 'test/support/head-like-server.ts');
    const child = fork(script, { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
    child.send(options);
    const [port] = await once(child, 'message');
    const head = new AttackedHead(child, port as number, options);
    await head.serveOthers();
    return head;
  }

  private constructor(child: ChildProcess, port: number, options: HeadLikeOptions) {
    this.#process = child;
    this.port = port;
    this.#client = createHeadClient(`127.0.0.1:${port}`, options.credentials);
    this.#stream = this.#client.stream('attachWorker');
    this.#stream.receive(() => this.#answer.resolve());
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** A call and a round trip on the stream that has been open since the start. @throws when either is not answered. */
  async serveOthers(): Promise<void> {
    this.#answer = new Deferred();
    if (this.#stream.isEnded) throw new Error("the others' stream has ended");
    void this.#stream.send({ heartbeat: {} });
    await Promise.all([this.#client.call('getClusterState', {}), this.#answer.promise]);
  }

  /** @throws when the process is gone. */
  async facts(): Promise<HeadLikeFacts> {
    if (!this.#process.connected) throw new Error('the head is gone');
    this.#process.send({});
    const [facts] = await once(this.#process, 'message');
    return facts as HeadLikeFacts;
  }

  close(): void {
    this.#stream.close();
    this.#client.close();
    this.#process.kill('SIGKILL');
  }
}
