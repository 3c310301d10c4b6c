import { execFile } from 'node:child_process';
import { readFileSync, statfsSync, statSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { nodeAddress } from '../../process/index.js';

/** What a machine has, as far as a node of a cluster depends on it. */
export interface MachineFacts {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly address: string;
  readonly numCpus: number;
  readonly memoryBytes: number;
  /** Undefined where there is none. */
  readonly sharedMemory: { readonly totalBytes: number; readonly freeBytes: number } | undefined;
  readonly openFiles: { readonly soft: number; readonly hard: number };
  /** What `redis-server --version` says; undefined where it is not installed. */
  readonly redisServer: string | undefined;
  /** A line per GPU; undefined without nvidia-smi. */
  readonly gpus: readonly string[] | undefined;
  /** The permission bits of the folder with the clusters' tokens; undefined while there is none. */
  readonly sessionFolder: { readonly path: string; readonly mode: number } | undefined;
}

const run = promisify(execFile);

/** Looks at this machine. Nothing of it fails: what can't be had is missing in the facts. */
export async function machineFacts(sessionFolder: string): Promise<MachineFacts> {
  const [redisServer, gpus] = await Promise.all([
    outputOf('redis-server', ['--version']),
    outputOf('nvidia-smi', ['--query-gpu=index,name,memory.total', '--format=csv,noheader']),
  ]);
  return {
    nodeVersion: process.version,
    platform: `${process.platform} ${process.arch}`,
    address: nodeAddress(),
    numCpus: availableParallelism(),
    memoryBytes: totalmem(),
    sharedMemory: sharedMemory(),
    openFiles: openFiles(),
    redisServer: redisServer?.trim(),
    gpus: gpus?.trim().split('\n').filter(Boolean),
    sessionFolder: modeOf(sessionFolder),
  };
}

async function outputOf(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(command, [...args], { timeout: 10_000 })).stdout;
  } catch {
    return undefined; // not installed, or it has nothing to say
  }
}

function sharedMemory(): MachineFacts['sharedMemory'] {
  try {
    const { blocks, bavail, bsize } = statfsSync('/dev/shm');
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  } catch {
    return undefined; // another system than Linux
  }
}

function openFiles(): MachineFacts['openFiles'] {
  try {
    const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return { soft: toLimit(soft), hard: toLimit(hard) };
  } catch {
    return { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY };
  }
}

const toLimit = (text: string | undefined): number =>
  text === undefined || text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);

function modeOf(path: string): MachineFacts['sessionFolder'] {
  const status = statSync(path, { throwIfNoEntry: false });
  return status && { path, mode: status.mode & 0o777 };
}
