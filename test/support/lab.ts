import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(__dirname, '../..');
const CLI = join(ROOT, 'bin/ray-ts.js');

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LabActor {
  readonly actorId: string;
  readonly className: string;
  readonly name: string;
  readonly state: string;
  readonly address: { readonly pid: number } | null;
}

export interface LabStatus {
  readonly clusterId: string;
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly state: string;
    readonly pid: number;
    readonly agentAddress: string;
  }[];
  readonly actors: readonly LabActor[];
  readonly placementGroups: readonly { readonly state: string; readonly reason: string }[];
}

/**
 * Real clusters for a test: the command line of the built package, its processes found by their environment, and the
 * assurance that nothing of them is left behind.
 */
export class Lab {
  readonly directory = mkdtempSync(join(tmpdir(), 'ray-ts-lab-'));
  readonly #clusterIds = new Set<string>();

  environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const { RAY_TS_ADDRESS: _address, RAY_TS_TOKEN: _token, ...inherited } = process.env;
    return { ...inherited, RAY_TS_TMPDIR: this.directory, RAY_TS_NODE_IP_ADDRESS: '127.0.0.1', ...extra };
  }

  /** Runs `ray-ts …` to its end, in a network namespace if one is named. */
  ray(
    args: readonly string[],
    extra: Readonly<Record<string, string>> = {},
    namespace?: string,
  ): Promise<CommandResult> {
    return new Promise((resolve) => {
      const [file, ...prefix] = nodeCommand(namespace);
      const options = { env: this.environment(extra), cwd: ROOT, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
      execFile(file!, [...prefix, CLI, ...args], options, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
      });
    });
  }

  /** `ray-ts start --head` on a free port. @throws what it printed when it failed. */
  async startHead(
    flags: readonly string[] = [],
    extra: Readonly<Record<string, string>> = {},
    namespace?: string,
  ): Promise<{ clusterId: string; address: string; token: string }> {
    const started = await this.ray(['start', '--head', '--port', '0', ...flags], extra, namespace);
    if (started.code !== 0) throw new Error(started.stderr);
    const current = JSON.parse(readFileSync(join(this.directory, 'current.json'), 'utf8'));
    const cluster = JSON.parse(readFileSync(join(current.session, 'cluster.json'), 'utf8'));
    this.#clusterIds.add(cluster.clusterId);
    return cluster;
  }

  async status(): Promise<LabStatus> {
    const { stdout, stderr } = await this.ray(['status', '--json']);
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout) as LabStatus;
  }

  /** Starts a driver of test/e2e/drivers. */
  drive(
    name: string,
    args: readonly string[] = [],
    extra: Readonly<Record<string, string>> = {},
    namespace?: string,
  ): Driver {
    const path = join(ROOT, 'test/e2e/drivers', `${name}.ts`);
    const [file, ...prefix] = nodeCommand(namespace);
    const child = spawn(file!, [...prefix, '--import', 'tsx', path, ...args], {
      cwd: ROOT,
      env: this.environment(extra),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Driver(child);
  }

  /** The lab's processes that run now, by their command lines. */
  processes(): { readonly pid: number; readonly command: string }[] {
    const marker = `RAY_TS_TMPDIR=${this.directory}\0`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          if (!`${readFileSync(`/proc/${name}/environ`, 'latin1')}\0`.includes(marker)) return [];
          return [
            { pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ') },
          ];
        } catch {
          return []; // it ended while we looked
        }
      });
  }

  /** Files in shared memory of the lab's clusters. */
  segments(): string[] {
    return readdirSync('/dev/shm').filter((name) =>
      [...this.#clusterIds].some((id) => name.startsWith(`ray-ts-${id}`)),
    );
  }

  /** Stops the current cluster, kills what is left, and removes the lab's files. */
  async close(): Promise<void> {
    await this.ray(['stop', '--force']);
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it ended by itself
      }
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const nodeCommand = (namespace: string | undefined): string[] =>
  namespace ? ['ip', 'netns', 'exec', namespace, process.execPath] : [process.execPath];

/** A running driver program and what it printed: one JSON object per line. */
export class Driver {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[] = [];
  readonly exited: Promise<number>;
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    let rest = '';
    child.stdout?.on('data', (chunk) => {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) this.lines.push(JSON.parse(line));
    });
    child.stderr?.on('data', (chunk) => {
      this.stderr += String(chunk);
    });
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(code ?? (signal ? -1 : 0)));
    });
  }

  /** The first line that has `key`; fails with the driver's output when it ends or takes too long. */
  async line(key: string, withinMs = 30_000): Promise<Record<string, unknown>> {
    return eventually(`the driver prints ${key}`, () => this.lines.find((line) => key in line), {
      withinMs,
      detail: () => `${JSON.stringify(this.lines)}\n${this.stderr}`,
    });
  }
}

/** Polls until `probe` gives something; fails naming what did not happen. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  options: { readonly withinMs?: number; readonly detail?: () => string } = {},
): Promise<T> {
  const { withinMs = 10_000, detail = () => '' } = options;
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline)
      throw new Error(`within ${withinMs} ms it did not happen that ${what}\n${detail()}`);
    await sleep(20);
  }
}
