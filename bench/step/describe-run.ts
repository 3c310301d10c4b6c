import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { resolve } from 'node:path';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const GIB = 2 ** 30;

/** What a measurement depends on besides the program. */
export interface RunDescription {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** Of the last minute, before the run: above 0.5, something else was running. */
  readonly loadBefore: number;
}

export function describeRun(): RunDescription {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: describeCommit(),
    cpu: `${processors.length} × ${processors[0]?.model ?? 'unknown'}`,
    memoryGib: Math.round(totalmem() / GIB),
    kernel: release(),
    node: process.version,
    onnxruntime: packageVersion('onnxruntime-node'),
    loadBefore: loadavg()[0]!,
  };
}

function describeCommit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: REPOSITORY, encoding: 'utf8' }).trim();
  try {
    const isModified = git('status', '--porcelain', '--', 'src', 'worker', 'bench') !== '';
    return git('rev-parse', '--short', 'HEAD') + (isModified ? ', modified' : '');
  } catch {
    return 'unknown'; // not a checkout, or no git
  }
}

function packageVersion(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}
