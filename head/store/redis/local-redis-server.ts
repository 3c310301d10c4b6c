import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Deferred } from '../../../src/core/deferred.js';
import { InvalidArgumentError, StoreUnavailableError } from '../../../src/core/errors/index.js';
import { probeSocket } from './probe-socket.js';

export interface LocalRedisServerOptions {
  /** As `findRedisServer` returns it. */
  readonly executable: string;
  /** Holds the socket, the append-only file and the log; created when missing. A later server on it finds the data. */
  readonly directory: string;
}

/** How long the server may take to load its data, and to write its last bytes when stopped, in milliseconds. */
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const PROBE_INTERVAL_MS = 20;
const PROBE_TIMEOUT_MS = 1_000;
const NUM_LOG_LINES = 10;
/** Longest path of a unix socket on Linux, without its terminating zero. */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * Runs the server and ends it when standard input ends, which is when the head closes it or dies in any way: the kernel
 * closes the other end of the pipe. Two shells share the work, so that the server ends also when one of them is killed:
 * the outer one waits for the server, the inner one for the end of input. SIGKILL loses nothing, since every acknowledged
 * write is in the file, and it also ends a server that is stopped or stuck.
 */
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(
  while read -r line; do :; done
  kill -KILL $server
) <&3 3<&- >/dev/null 2>&1 &
watcher=$!
exec 3<&- </dev/null
wait $server
status=$?
kill $watcher
exit $status
`;

/**
 * A redis-server of the head's own, reachable by nothing but its unix socket. The append-only file is flushed before
 * every reply (`appendfsync always`): the head acknowledges what Redis acknowledged, its writes are few, and with
 * `everysec` Redis may delay even the write to the kernel, so that a crash of Redis alone could lose a second of them.
 */
export class LocalRedisServer {
  readonly #directory: string;
  readonly #supervisor: ChildProcess;
  readonly #exit = new Deferred<string>();

  /**
   * Starts the server; {@link LocalRedisServer.waitReady} waits until it answers.
   * @throws {InvalidArgumentError} when the directory's path is too long for a unix socket in it.
   * @throws {StoreUnavailableError} when another server still runs on the directory: two would ruin its file.
   */
  static async start(options: LocalRedisServerOptions): Promise<LocalRedisServer> {
    const socketPath = socketPathIn(options.directory);
    if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) {
      throw new InvalidArgumentError(
        `The path ${socketPath} is too long for a unix socket (${MAX_SOCKET_PATH_BYTES} bytes). Use a shorter directory.`,
      );
    }
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    await waitUntilSilent(socketPath);
    return new LocalRedisServer(options);
  }

  private constructor(options: LocalRedisServerOptions) {
    this.#directory = options.directory;
    const log = openSync(this.logFile, 'a');
    this.#supervisor = spawn('/bin/sh', ['-c', SUPERVISOR, 'redis-supervisor', options.executable, ...this.#flags()], {
      // A process group of its own: Ctrl-C in the head's terminal must reach the head only, which still has to write.
      detached: true,
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    this.#supervisor.once('exit', (code, signal) => this.#exit.resolve(`exit code ${code}, signal ${signal}`));
    this.#supervisor.once('error', (error) => this.#exit.resolve(error.message));
    // A supervisor that was killed has closed its input; its exit, which follows, is what counts.
    this.#supervisor.stdin?.on('error', () => undefined);
  }

  /** Address for a RedisHeadStore. */
  get url(): string {
    return socketPathIn(this.#directory);
  }

  get logFile(): string {
    return join(this.#directory, 'redis.log');
  }

  /** Resolves with a description when the server has ended, whoever ended it. */
  get exited(): Promise<string> {
    return this.#exit.promise;
  }

  /**
   * Waits until the server has loaded its data and answers.
   * @throws {StoreUnavailableError} with the log's last lines when it ends or does not answer in time.
   */
  async waitReady(): Promise<void> {
    const deadlineMs = performance.now() + READY_TIMEOUT_MS;
    let ending: string | undefined;
    void this.exited.then((description) => {
      ending = description;
    });
    while (performance.now() < deadlineMs) {
      if (ending !== undefined) throw this.#startFailure(`ended (${ending})`);
      if ((await probeSocket(this.url, PROBE_TIMEOUT_MS)).kind === 'ready') return;
      await delay(PROBE_INTERVAL_MS);
    }
    throw this.#startFailure(`was not ready within ${READY_TIMEOUT_MS} ms`);
  }

  /** Ends the server after it wrote its file, by force if it takes too long. Idempotent. */
  async stop(): Promise<void> {
    this.#supervisor.stdin?.end();
    const timer = setTimeout(() => this.#killGroup(), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #flags(): string[] {
    const settings = {
      port: '0',
      unixsocket: this.url,
      unixsocketperm: '700',
      dir: this.#directory,
      daemonize: 'no',
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
    };
    return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  }

  #killGroup(): void {
    const { pid } = this.#supervisor;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // ESRCH: the whole group ended meanwhile, which is what was wanted.
    }
  }

  #startFailure(reason: string): StoreUnavailableError {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-NUM_LOG_LINES);
    return new StoreUnavailableError(
      `The head's redis-server ${reason}. The last lines of ${this.logFile}:\n${lines.join('\n')}`,
    );
  }
}

const socketPathIn = (directory: string): string => join(directory, 'redis.sock');

/** A server whose head died needs a moment to write its file; it closes its socket last. */
async function waitUntilSilent(socketPath: string): Promise<void> {
  const deadlineMs = performance.now() + STOP_TIMEOUT_MS;
  while ((await probeSocket(socketPath, PROBE_TIMEOUT_MS)).kind !== 'silent') {
    if (performance.now() > deadlineMs) {
      throw new StoreUnavailableError(
        `Another redis-server answers at ${socketPath}. Is another head running on this directory?`,
      );
    }
    await delay(PROBE_INTERVAL_MS);
  }
}
