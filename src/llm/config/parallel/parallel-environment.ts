import { InvalidArgumentError } from '../../../core/index.js';
import { ALL2ALL_BACKENDS, type All2allBackend } from './parallel-args.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says about distributed inference; undefined where it says nothing. */
export interface ParallelEnvironment {
  readonly dataParallelSize: number | undefined;
  readonly dataParallelRank: number | undefined;
  readonly dataParallelRankLocal: number | undefined;
  readonly dataParallelMasterIp: string | undefined;
  readonly dataParallelMasterPort: number | undefined;
  /** Of this host, as the other hosts reach it. */
  readonly hostIp: string | undefined;
  readonly all2allBackend: All2allBackend | undefined;
  /** On the `ray` backend, copies may be spread over nodes (`span`) or not. */
  readonly rayDataParallelPackStrategy: 'strict' | 'fill' | 'span';
}

/** What a launcher such as torchrun tells every process that it starts. */
export interface LauncherEnvironment {
  readonly rank: number;
  readonly worldSize: number;
  readonly localRank: number;
  readonly masterAddr: string;
  readonly masterPort: number;
}

const MAX_COUNT = 1 << 20;
const MAX_PORT = 65_535;

/** An empty variable counts as none. */
const textOf = (environment: Environment, variable: string): string | undefined => environment[variable] || undefined;

function integerOf(environment: Environment, variable: string, min: number, max: number): number | undefined {
  const text = textOf(environment, variable);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(`${variable} must be an integer from ${min} to ${max}, got "${text}".`);
}

function choiceOf<const Choice extends string>(
  environment: Environment,
  variable: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = textOf(environment, variable);
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`${variable} must be one of '${choices.join("', '")}', got "${text}".`);
}

/** Kubernetes sets <SERVICE>_PORT to a URI in every pod of a namespace that has a service of that name. */
function refuseServicePort(environment: Environment): void {
  const port = textOf(environment, 'VLLM_PORT');
  if (port === undefined || !port.includes('://')) return;
  throw new InvalidArgumentError(
    `VLLM_PORT '${port}' appears to be a URI. This may be caused by a Kubernetes service discovery issue: a service named vllm sets it. Rename the service, or unset VLLM_PORT.`,
  );
}

/** @throws {InvalidArgumentError} naming the variable, what it must be and what it was. */
export function readParallelEnvironment(environment: Environment): ParallelEnvironment {
  refuseServicePort(environment);
  return {
    dataParallelSize: integerOf(environment, 'VLLM_DP_SIZE', 1, MAX_COUNT),
    dataParallelRank: integerOf(environment, 'VLLM_DP_RANK', 0, MAX_COUNT),
    dataParallelRankLocal: integerOf(environment, 'VLLM_DP_RANK_LOCAL', 0, MAX_COUNT),
    dataParallelMasterIp: textOf(environment, 'VLLM_DP_MASTER_IP'),
    dataParallelMasterPort: integerOf(environment, 'VLLM_DP_MASTER_PORT', 1, MAX_PORT),
    hostIp: textOf(environment, 'VLLM_HOST_IP'),
    all2allBackend: choiceOf(environment, 'VLLM_ALL2ALL_BACKEND', ALL2ALL_BACKENDS),
    rayDataParallelPackStrategy:
      choiceOf(environment, 'VLLM_RAY_DP_PACK_STRATEGY', ['strict', 'fill', 'span']) ?? 'strict',
  };
}

const LAUNCHER_VARIABLES = ['RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT'];

/** @throws {InvalidArgumentError} when one is missing or no number, or the rank is not in the world. */
export function readLauncherEnvironment(environment: Environment): LauncherEnvironment {
  const missing = LAUNCHER_VARIABLES.filter((variable) => textOf(environment, variable) === undefined);
  if (missing.length > 0) {
    throw new InvalidArgumentError(
      `distributedExecutorBackend 'external_launcher' needs ${missing.join(', ')} in the environment: start the program with a launcher that sets them for each of its processes.`,
    );
  }
  const worldSize = integerOf(environment, 'WORLD_SIZE', 1, MAX_COUNT)!;
  return {
    rank: integerOf(environment, 'RANK', 0, worldSize - 1)!,
    worldSize,
    localRank: integerOf(environment, 'LOCAL_RANK', 0, worldSize - 1)!,
    masterAddr: environment['MASTER_ADDR']!,
    masterPort: integerOf(environment, 'MASTER_PORT', 1, MAX_PORT)!,
  };
}
