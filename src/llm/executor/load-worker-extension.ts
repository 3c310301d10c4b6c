import { pathToFileURL } from 'node:url';
import { InvalidArgumentError, toError } from '../../core/index.js';
import type { WorkerExtension } from './rank-worker.js';

const TYPESCRIPT = /\.[cm]?tsx?$/;

/** Loads tsx only where a module needs it. */
async function importModule(path: string): Promise<Record<string, unknown>> {
  if (TYPESCRIPT.test(path)) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
}

/**
 * The class that `workerExtensionCls` names.
 * @param classPath `path/to/file.ts:ClassName`, with an absolute path; empty for none.
 * @throws {InvalidArgumentError} when the module can't be loaded, or has no such class.
 */
export async function loadWorkerExtension(classPath: string): Promise<WorkerExtension | undefined> {
  if (classPath === '') return undefined;
  const colon = classPath.lastIndexOf(':');
  const path = classPath.slice(0, colon);
  const name = classPath.slice(colon + 1);
  let module: Record<string, unknown>;
  try {
    module = await importModule(path);
  } catch (cause) {
    throw new InvalidArgumentError(
      `The module of workerExtensionCls, ${path}, can't be loaded: ${toError(cause).message}. It must be at the same path on every host.`,
      { cause },
    );
  }
  const found = module[name] ?? (module['default'] as Record<string, unknown> | undefined)?.[name];
  if (typeof found === 'function') return found as WorkerExtension;
  throw new InvalidArgumentError(`Module ${path} exports no class ${name}, which workerExtensionCls names.`);
}
