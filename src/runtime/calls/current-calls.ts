import { InternalError } from '../../core/index.js';
import type { Calls } from './calls.js';

const key = Symbol.for('ray-ts.calls');
const holder = globalThis as unknown as Record<symbol, (() => Calls) | undefined>;

/** Says how this process comes by its calls: by its runtime, which is made when it is first needed. */
export function provideCalls(provide: () => Calls): void {
  holder[key] = provide;
}

/** The calls of this process. */
export function currentCalls(): Calls {
  const provide = holder[key];
  if (!provide) throw new InternalError('This process has no runtime.');
  return provide();
}
