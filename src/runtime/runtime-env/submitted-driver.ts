import { InvalidArgumentError } from '../../core/index.js';
import type { SentRuntimeEnv } from './runtime-env.js';

/** What the driver of a submitted job is told of it. */
export interface SubmittedDriver {
  readonly submissionId: string;
  /** Of the job: what the driver's actors and tasks have around them. */
  readonly runtimeEnv: SentRuntimeEnv;
  /** Where the job's folder was unpacked; empty without one. */
  readonly workingDirectory: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that {@link readSubmittedDriver} reads. */
export function submittedDriverVariables(driver: SubmittedDriver): Readonly<Record<string, string>> {
  const { submissionId, ...rest } = driver;
  return { RAY_TS_SUBMISSION_ID: submissionId, RAY_TS_JOB_RUNTIME_ENV: JSON.stringify(rest) };
}

/**
 * Which submitted job this program is the driver of; undefined when a person started it, or when it uses another cluster than
 * the one that it was submitted to, where its folder is not known.
 * @param address of the cluster that it connects to.
 * @throws {InvalidArgumentError} when the variables were damaged.
 */
export function readSubmittedDriver(environment: Environment, address: string): SubmittedDriver | undefined {
  const submissionId = environment['RAY_TS_SUBMISSION_ID'];
  const rest = environment['RAY_TS_JOB_RUNTIME_ENV'];
  if (!submissionId || !rest || environment['RAY_TS_ADDRESS'] !== address) return undefined;
  try {
    return { ...(JSON.parse(rest) as Omit<SubmittedDriver, 'submissionId'>), submissionId };
  } catch (error) {
    throw new InvalidArgumentError(`RAY_TS_JOB_RUNTIME_ENV of job ${submissionId} can't be read; leave it alone.`, {
      cause: error,
    });
  }
}
