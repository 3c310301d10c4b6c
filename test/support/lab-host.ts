import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Driver } from './driver.js';

/** The repository: where every command of a lab runs. */
export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(REPOSITORY, 'bin/ray-ts.js');
const COMMAND_TIMEOUT_MS = 60_000;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A cluster that a lab started, as `ray-ts start --head` left it in the session directory. */
export interface LabCluster {
  readonly clusterId: string;
  readonly address: string;
  readonly token: string;
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
  readonly jobs: readonly { readonly jobId: string; readonly alive: boolean }[];
  readonly placementGroups: readonly { readonly state: string; readonly reason: string }[];
}

export interface LabHostOptions {
  /** Its session directories; the host's processes are those whose environment names it. */
  readonly directory: string;
  /** Of every command, beside what this process has and the session directory. */
  readonly environment: Readonly<Record<string, string>>;
  /** Turns a command into one that runs on the host. */
  readonly enter: (command: readonly string[]) => readonly string[];
  /** The host's /dev/shm as this process sees it, and whether other programs use it too. */
  readonly sharedMemory: { readonly path: string; readonly isPrivate: boolean };
}

type Variables = Readonly<Record<string, string>>;

/** One machine of a lab: runs the command line of the built package and drivers, and finds what they left. */
export class LabHost {
  readonly directory: string;
  readonly #options: LabHostOptions;
  readonly #clusterIds = new Set<string>();

  constructor(options: LabHostOptions) {
    this.directory = options.directory;
    this.#options = options;
  }

  environment(extra: Variables = {}): NodeJS.ProcessEnv {
    const { RAY_TS_ADDRESS: _address, RAY_TS_TOKEN: _token, ...inherited } = process.env;
    return { ...inherited, ...this.#options.environment, RAY_TS_TMPDIR: this.directory, ...extra };
  }

  /** Starts a program on the host; its standard input is empty. */
  spawn(command: readonly string[], extra: Variables = {}): ChildProcess {
    const [file, ...args] = this.#options.enter(command);
    const env = this.environment(extra);
    return spawn(file!, args, { cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Starts a program on the host that is told things by its standard input. */
  spawnListening(command: readonly string[], extra: Variables = {}): ChildProcessWithoutNullStreams {
    const [file, ...args] = this.#options.enter(command);
    return spawn(file!, args, { cwd: REPOSITORY, env: this.environment(extra) });
  }

  /** Runs a program on the host to its end. */
  run(command: readonly string[], extra: Variables = {}): Promise<CommandResult> {
    return new Promise((resolve) => {
      const [file, ...args] = this.#options.enter(command);
      const env = this.environment(extra);
      const options = { env, cwd: REPOSITORY, timeout: COMMAND_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
      execFile(file!, args, options, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
      });
    });
  }

  /** Runs `ray-ts …` to its end. */
  ray(args: readonly string[], extra: Variables = {}): Promise<CommandResult> {
    return this.run([process.execPath, CLI, ...args], extra);
  }

  /** `ray-ts start --head` on a free port. @throws what it printed when it failed. */
  async startHead(flags: readonly string[] = [], extra: Variables = {}): Promise<LabCluster> {
    const started = await this.ray(['start', '--head', '--port', '0', ...flags], extra);
    if (started.code !== 0) throw new Error(started.stderr);
    const current = JSON.parse(readFileSync(join(this.directory, 'current.json'), 'utf8'));
    const cluster = JSON.parse(readFileSync(join(current.session, 'cluster.json'), 'utf8')) as LabCluster;
    this.#clusterIds.add(cluster.clusterId);
    return cluster;
  }

  /** `ray-ts start --address`: makes the host a node of a cluster. @throws what it printed when it failed. */
  async join(cluster: LabCluster, flags: readonly string[] = [], extra: Variables = {}): Promise<void> {
    const token = { RAY_TS_TOKEN: cluster.token };
    const joined = await this.ray(['start', `--address=${cluster.address}`, ...flags], { ...token, ...extra });
    if (joined.code !== 0) throw new Error(joined.stderr);
    this.#clusterIds.add(cluster.clusterId);
  }

  /** Asks the head of the host's current cluster. */
  async status(): Promise<LabStatus> {
    const { stdout, stderr } = await this.ray(['status', '--json']);
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout) as LabStatus;
  }

  /**
   * Starts a driver of test/e2e/drivers, which finds the cluster as any program does: the host's own, unless `extra` names
   * one (see clusterVariables).
   */
  drive(name: string, args: readonly string[] = [], extra: Variables = {}): Driver {
    const path = join(REPOSITORY, 'test/e2e/drivers', `${name}.ts`);
    return new Driver(this.spawn([process.execPath, '--import', 'tsx', path, ...args], extra));
  }

  /** The host's processes that run now, by their command lines. */
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

  /** Files in the host's shared memory: of the lab's clusters, or all where nobody else uses it. */
  segments(): string[] {
    const { path, isPrivate } = this.#options.sharedMemory;
    const isOurs = (name: string): boolean => [...this.#clusterIds].some((id) => name.startsWith(`ray-ts-${id}`));
    return readdirSync(path).filter((name) => isPrivate || isOurs(name));
  }
}

/** The environment of a driver on a machine that has no node of the cluster. */
export const clusterVariables = ({ address, token }: LabCluster): Record<string, string> => ({
  RAY_TS_ADDRESS: address,
  RAY_TS_TOKEN: token,
});
