import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type ActorConstructor,
  findRemoteDefinition,
  InvalidArgumentError,
  type TaskFunction,
  toError,
} from '../../src/core/index.js';
import { fromPackagePath } from '../../src/process/index.js';
import type { RemoteDefinition } from '../../src/rpc/index.js';

const TYPESCRIPT = /\.[cm]?tsx?$/;

/**
 * Imports the module that a definition names and returns the class or function: the one that the module declared with
 * `ray.remote`, or its export of that name.
 *
 * @param workingDirectory where the runtime environment's program lies: relative module paths are found in it.
 * @throws {InvalidArgumentError} when the module is missing here, differs from the caller's, or has no such definition.
 */
export async function loadDefinition(
  definition: RemoteDefinition,
  workingDirectory: string,
): Promise<ActorConstructor | TaskFunction> {
  const { name } = definition;
  const modulePath = fromPackagePath(definition.modulePath) ?? resolve(workingDirectory, definition.modulePath);
  await checkModule({ ...definition, modulePath });
  if (TYPESCRIPT.test(modulePath)) await registerTypeScript();
  const module = (await import(pathToFileURL(modulePath).href)) as Record<string, unknown>;
  const found = findRemoteDefinition(modulePath, name) ?? exportOf(module, name);
  if (typeof found === 'function') return found as ActorConstructor | TaskFunction;
  throw new InvalidArgumentError(
    `Module ${modulePath} has no class or function ${name}. Declare it with ray.remote(${name}) at the module's top ` +
      'level, or export it.',
  );
}

/** A CommonJS module, which TypeScript makes outside of `"type": "module"`, may have all its exports in `default`. */
function exportOf(module: Record<string, unknown>, name: string): unknown {
  return module[name] ?? (module['default'] as Record<string, unknown> | undefined)?.[name];
}

async function checkModule({ modulePath, moduleHash, hostname: callerHost }: RemoteDefinition): Promise<void> {
  let source: Buffer;
  try {
    source = await readFile(modulePath);
  } catch (error) {
    throw new InvalidArgumentError(
      `Module ${modulePath} of the driver on ${callerHost} can't be read on ${hostname()}: ${toError(error).message}. ` +
        'Put the program at the same path on every machine, or let ray.init({ runtimeEnv: { workingDir } }) send it.',
      { cause: error },
    );
  }
  if (moduleHash !== '' && createHash('sha256').update(source).digest('hex') !== moduleHash) {
    throw new InvalidArgumentError(
      `Module ${modulePath} on ${hostname()} differs from the one on ${callerHost}. Bring both to the same version.`,
    );
  }
}

let typeScript: Promise<void> | undefined;

/** Loads tsx when the first TypeScript module comes: a process that needs none of it doesn't pay for it. */
function registerTypeScript(): Promise<void> {
  typeScript ??= (async () => {
    const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
    esm.register();
    cjs.register();
  })();
  return typeScript;
}
