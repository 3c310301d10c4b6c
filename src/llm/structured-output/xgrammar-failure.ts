import { toError } from '../../core/index.js';
import type { XgrammarModule } from './xgrammar-module.js';

const FATAL = /^\[FATAL\] \S+:\d+: (?:Check failed: .* is false: )?/s;
const POINTER_BYTES = 4;

/** The message of a C++ exception: std::runtime_error points to it behind its table of virtual functions. */
function exceptionMessage({ HEAPU8: memory }: XgrammarModule, address: number): string {
  const start = new DataView(memory.buffer).getUint32(address + POINTER_BYTES, true);
  return Buffer.from(memory.subarray(start, memory.indexOf(0, start))).toString('utf8');
}

/**
 * Why a call into xgrammar failed, without where in its source.
 * @param lines what it wrote during the call.
 */
export function xgrammarFailure(module: XgrammarModule, thrown: unknown, lines: readonly string[]): string {
  if (typeof thrown === 'number') return exceptionMessage(module, thrown);
  const fatal = lines.find((line) => FATAL.test(line));
  return fatal === undefined ? toError(thrown).message : fatal.replace(FATAL, '');
}
