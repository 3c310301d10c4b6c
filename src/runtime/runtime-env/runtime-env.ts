import { InvalidArgumentError } from '../../core/index.js';

/** What a program's actors and tasks need around them. */
export interface RuntimeEnv {
  /** Environment variables of their processes, set before they start. */
  readonly envVars?: Readonly<Record<string, string>>;
  /**
   * The folder of the program: it is packed, sent to the nodes that run something of it, and the directory that its
   * processes start in. Not sent: what a `.gitignore` in it names, `.git`, `node_modules`, and `excludes`. What it does not
   * bring is found where ray-ts is installed on the node.
   */
  readonly workingDir?: string;
  /** What of the folder is not sent, in the form of a `.gitignore`; `!node_modules` sends that after all. */
  readonly excludes?: readonly string[];
}

const NAMES: readonly (keyof RuntimeEnv)[] = ['envVars', 'workingDir', 'excludes'];
const VARIABLE = /^[^=\0]+$/;

/** @throws {InvalidArgumentError} for an unknown key or a value of another form. */
export function validateRuntimeEnv(runtimeEnv: RuntimeEnv): void {
  const unknown = Object.keys(runtimeEnv).filter((name) => !NAMES.includes(name as keyof RuntimeEnv));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`runtimeEnv has no ${unknown.join(', ')}. It takes ${NAMES.join(', ')}.`);
  }
  for (const [name, value] of Object.entries(runtimeEnv.envVars ?? {})) {
    if (VARIABLE.test(name) && typeof value === 'string' && !value.includes('\0')) continue;
    throw new InvalidArgumentError(`runtimeEnv.envVars: ${JSON.stringify(name)} needs a text, got ${String(value)}.`);
  }
  const { workingDir, excludes = [] } = runtimeEnv;
  if (workingDir !== undefined && (typeof workingDir !== 'string' || workingDir === '')) {
    throw new InvalidArgumentError(`runtimeEnv.workingDir is the path of a folder, got ${JSON.stringify(workingDir)}.`);
  }
  if (!Array.isArray(excludes) || excludes.some((pattern) => typeof pattern !== 'string')) {
    throw new InvalidArgumentError('runtimeEnv.excludes is a list of patterns.');
  }
}

/** A runtime environment as it travels: the folder by the hash of its package. */
export interface SentRuntimeEnv {
  readonly envVars: Readonly<Record<string, string>>;
  /** SHA-256, hex; empty for none. */
  readonly workingDir: string;
}

export const emptyRuntimeEnv: SentRuntimeEnv = { envVars: {}, workingDir: '' };

/** What an actor or task gets: its job's environment, with its own on top, variable by variable. */
export function mergeRuntimeEnv(job: SentRuntimeEnv, own: Partial<SentRuntimeEnv>): SentRuntimeEnv {
  return { envVars: { ...job.envVars, ...own.envVars }, workingDir: own.workingDir || job.workingDir };
}
