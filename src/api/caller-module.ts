import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file of the module that called into this package: the first frame of the stack that is outside the folder `inside`.
 * Undefined when there is none, as in a REPL.
 */
export function callerModule(inside: string): string | undefined {
  return stackFiles().find((file) => !file.startsWith(inside + sep));
}

function stackFiles(): string[] {
  const before = Error.prepareStackTrace;
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 30;
    Error.prepareStackTrace = (_error, frames) => frames.map((frame) => frame.getFileName());
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder);
    const names = holder.stack as (string | null | undefined)[];
    return names.filter((name) => typeof name === 'string' && !name.startsWith('node:')).map((name) => toPath(name!));
  } finally {
    Error.prepareStackTrace = before;
    Error.stackTraceLimit = limit;
  }
}

/** Loaders such as tsx add a query to a module's URL. */
function toPath(name: string): string {
  const plain = name.split('?')[0]!;
  return plain.startsWith('file:') ? fileURLToPath(plain) : plain;
}
