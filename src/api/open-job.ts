import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterAccess, createJobId, setProgramDirectory } from '../core/index.js';
import { localAddressTowards } from '../process/index.js';
import { createHeadClient } from '../rpc/index.js';
import { HeadConnection } from '../runtime/head-connection.js';
import { LogPrinter } from '../runtime/logs/log-printer.js';
import { NearestObjectStore } from '../runtime/objects/nearest-object-store.js';
import { closeRuntime, currentRuntime, type Runtime } from '../runtime/runtime.js';
import { inheritedRuntimeEnv, setInheritedRuntimeEnv } from '../runtime/runtime-env/inherited-runtime-env.js';
import { emptyRuntimeEnv, type RuntimeEnv, type SentRuntimeEnv } from '../runtime/runtime-env/runtime-env.js';
import { sendRuntimeEnv } from '../runtime/runtime-env/send-runtime-env.js';
import { readSubmittedDriver, type SubmittedDriver } from '../runtime/runtime-env/submitted-driver.js';

/** What a program says of itself as a job. */
export interface JobOptions {
  /** Where its names are looked up; default one of its own. */
  readonly namespace?: string;
  /** What its actors and tasks need around them; their own goes on top. */
  readonly runtimeEnv?: RuntimeEnv;
  /** Print here what its workers print. Default true, or what RAY_TS_LOG_TO_DRIVER (0 or 1) says. */
  readonly logToDriver?: boolean;
}

/** A program's job: its connection, and the end of both. */
export interface OpenJob {
  readonly connection: HeadConnection;
  /** Prints the last lines of the workers, and says goodbye: what the job created ends. */
  close(): Promise<void>;
}

/** From a line that a worker prints to its arrival here: the agents look for lines every 100 ms. */
const LAST_LINES_MS = 150;

/**
 * Registers this program with the head as a new job, after its folder was sent.
 * @throws {UnauthenticatedError} for a wrong token; {HeadUnavailableError} when no head answers; {InvalidArgumentError} for a
 * runtime environment that can't be.
 */
export async function openJob(cluster: ClusterAccess, options: JobOptions): Promise<OpenJob> {
  const { namespace, logToDriver = process.env['RAY_TS_LOG_TO_DRIVER'] !== '0' } = options;
  const submitted = readSubmittedDriver(process.env, cluster.address);
  const runtimeEnv = await sendJobEnv(cluster, submitted, options.runtimeEnv);
  const printer = logToDriver ? new LogPrinter() : undefined;
  const runtime = currentRuntime();
  const connection = await HeadConnection.open(cluster, createJobId(), {
    workerId: runtime.workerId,
    runtimeEnv,
    logToDriver,
    ...(namespace === undefined ? {} : { namespace }),
    ...(submitted ? { submissionId: submitted.submissionId } : {}),
    ...(printer ? { onLogLines: (lines) => printer.receive(lines) } : {}),
  }).catch((error: unknown) => {
    printer?.close();
    throw error;
  });
  joinCluster(runtime, cluster, connection);
  const close = async (): Promise<void> => {
    if (printer) await sleep(LAST_LINES_MS);
    await closeRuntime(runtime);
    await connection.close();
    printer?.close();
  };
  return { connection, close };
}

function joinCluster(runtime: Runtime, { address, credentials }: ClusterAccess, connection: HeadConnection): void {
  const { head, clusterId } = connection;
  runtime.attach(connection);
  runtime.join({
    credentials,
    store: new NearestObjectStore({ head, clusterId, credentials }),
    server: { host: () => localAddressTowards(address) },
  });
}

/** The driver of a submitted job begins with the environment of its submission. */
async function sendJobEnv(
  cluster: ClusterAccess,
  submitted: SubmittedDriver | undefined,
  runtimeEnv: RuntimeEnv | undefined,
): Promise<SentRuntimeEnv> {
  setInheritedRuntimeEnv(submitted?.runtimeEnv ?? emptyRuntimeEnv);
  if (submitted?.workingDirectory) setProgramDirectory(submitted.workingDirectory);
  if (!runtimeEnv) return inheritedRuntimeEnv();
  const head = createHeadClient(cluster.address, cluster.credentials);
  try {
    const sent = await sendRuntimeEnv(head, runtimeEnv);
    setInheritedRuntimeEnv(sent);
    if (runtimeEnv.workingDir !== undefined) setProgramDirectory(resolve(runtimeEnv.workingDir));
    return sent;
  } finally {
    head.close();
  }
}
