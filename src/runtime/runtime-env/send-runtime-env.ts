import { resolve } from 'node:path';
import type { HeadClient } from '../../rpc/index.js';
import { inheritedRuntimeEnv } from './inherited-runtime-env.js';
import { mergeRuntimeEnv, type RuntimeEnv, type SentRuntimeEnv, validateRuntimeEnv } from './runtime-env.js';
import { uploadPackage } from './upload-package.js';

type SendingHead = Pick<HeadClient, 'stream'>;

/** What was sent to a head, by folder and excludes: a program that names its folder at every task packs it once. */
const sentTo = new WeakMap<SendingHead, Map<string, Promise<string>>>();

/**
 * Makes a runtime environment into what travels: its folder is packed and sent to the head, and the environment goes on top
 * of what this process hands down.
 * @throws {InvalidArgumentError} when it can't be; what the head threw.
 */
export async function sendRuntimeEnv(head: SendingHead, runtimeEnv: RuntimeEnv): Promise<SentRuntimeEnv> {
  validateRuntimeEnv(runtimeEnv);
  const { envVars = {}, workingDir, excludes = [] } = runtimeEnv;
  if (workingDir === undefined) return mergeRuntimeEnv(inheritedRuntimeEnv(), { envVars });
  const sent = sentTo.get(head) ?? new Map<string, Promise<string>>();
  sentTo.set(head, sent);
  const key = JSON.stringify([resolve(workingDir), excludes]);
  const sending = sent.get(key) ?? sendFolder(head, workingDir, excludes);
  sent.set(key, sending);
  try {
    return mergeRuntimeEnv(inheritedRuntimeEnv(), { envVars, workingDir: await sending });
  } catch (error) {
    sent.delete(key);
    throw error;
  }
}

async function sendFolder(head: SendingHead, workingDir: string, excludes: readonly string[]): Promise<string> {
  // With the packages that it needs, which few programs do.
  const { packWorkingDir } = await import('./pack-working-dir.js');
  const packed = await packWorkingDir(workingDir, excludes);
  await uploadPackage(head, packed);
  return packed.sha256;
}
