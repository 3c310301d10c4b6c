import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosHost } from './chaos-hosts.js';

/** Not Redis's own, which a server of the machine's may have where hosts are addresses of its loopback. */
const PORT = 16_379;

/** A redis-server on a host, which has on disk what it acknowledged, and can be killed, frozen and started again. */
export class ChaosRedis {
  readonly url: string;
  readonly #host: ChaosHost;
  readonly #directory: string;
  #server: ChildProcess | undefined;

  constructor(host: ChaosHost) {
    this.#host = host;
    this.#directory = join(host.lab.directory, 'redis');
    mkdirSync(this.#directory);
    this.url = `redis://${host.address}:${PORT}`;
  }

  /** Starts it on the data that is there; resolves when it answers. @throws what it printed when it ends instead. */
  async start(): Promise<void> {
    const network = ['--bind', this.#host.address, '--port', `${PORT}`, '--protected-mode', 'no'];
    const data = ['--dir', this.#directory, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    const server = this.#host.lab.spawn(['redis-server', ...network, ...data]);
    this.#server = server;
    let printed = '';
    await new Promise<void>((resolve, reject) => {
      server.stdout!.on('data', (chunk) => {
        printed += String(chunk);
        if (printed.includes('Ready to accept connections')) resolve();
      });
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`The redis-server ended with ${code}:\n${printed}`)));
    });
  }

  /** kill -9; resolves when it has ended. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** It keeps its connections and answers nobody. */
  freeze(): void {
    this.#server?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#server?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  }
}
