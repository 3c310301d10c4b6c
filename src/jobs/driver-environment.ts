import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsIdentity, WorkerContext } from '../core/index.js';
import { type SubmittedDriver, submittedDriverVariables } from '../runtime/runtime-env/submitted-driver.js';

/** What a driver needs of where it runs. */
export type DriverPlace = Pick<WorkerContext, 'headAddress' | 'host' | 'credentials' | 'sessionDirectory'>;

/** A driver's environment, and the end of the files that it names. */
export interface DriverEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  remove(): void;
}

/** What lets a driver find its cluster and its job without a word in its program. Keys go into files that only this user reads. */
export function createDriverEnvironment(driver: SubmittedDriver, place: DriverPlace): DriverEnvironment {
  const { headAddress, host, credentials, sessionDirectory } = place;
  const folder = join(sessionDirectory, 'jobs', driver.submissionId);
  const variables = {
    RAY_TS_ADDRESS: headAddress,
    RAY_TS_TOKEN: credentials.token,
    RAY_TS_NODE_IP_ADDRESS: host,
    ...(credentials.tls ? writeTlsFiles(folder, credentials.tls) : {}),
    ...submittedDriverVariables(driver),
  };
  return { variables, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function writeTlsFiles(folder: string, { cert, key, ca }: TlsIdentity): Record<string, string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    RAY_TS_TLS_CERT: write('node.pem', cert),
    RAY_TS_TLS_KEY: write('node.key', key),
    RAY_TS_TLS_CA: write('ca.pem', ca),
  };
}
