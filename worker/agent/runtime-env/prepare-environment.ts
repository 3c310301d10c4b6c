import type { RuntimeEnv } from '../../../src/rpc/index.js';
import { type ProcessEnvironment, plainEnvironment } from '../process-environment.js';
import type { PackageCache } from './package-cache.js';

/**
 * What a process for a runtime environment is started in.
 * @throws {RuntimeEnvSetupError} when the program's folder can't be had.
 */
export async function prepareEnvironment(
  runtimeEnv: RuntimeEnv | null | undefined,
  packages: PackageCache,
): Promise<ProcessEnvironment> {
  const { envVars = {}, workingDir = '' } = runtimeEnv ?? {};
  if (workingDir !== '') return { envVars, workingDirectory: await packages.get(workingDir) };
  return Object.keys(envVars).length === 0 ? plainEnvironment : { envVars, workingDirectory: '' };
}
