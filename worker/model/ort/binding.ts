import type { OrtEnvironment } from './environment.js';
import { requireOpen } from './require-open.js';
import type { OrtPointer } from './table-binder.js';
import type { Tensor } from './tensor.js';

/**
 * Which tensors a session reads and writes in a run. Bind once, run often: a bound run allocates nothing and copies
 * nothing. Tensors stay the caller's and must be closed after the binding.
 */
export class Binding {
  readonly #environment: OrtEnvironment;
  #binding: OrtPointer | undefined;

  constructor(environment: OrtEnvironment, session: OrtPointer) {
    this.#environment = environment;
    this.#binding = environment.api.createIoBinding(session);
  }

  /** The native binding, for {@link Session.run}. */
  get pointer(): OrtPointer {
    return requireOpen(this.#binding, 'binding');
  }

  bindInput(name: string, tensor: Tensor): void {
    this.#environment.api.bindInput(this.pointer, name, tensor.value);
  }

  /** The output is written into the tensor's memory; it may be the memory of an input, where the operator allows it. */
  bindOutput(name: string, tensor: Tensor): void {
    this.#environment.api.bindOutput(this.pointer, name, tensor.value);
  }

  close(): void {
    if (this.#binding === undefined) return;
    this.#environment.api.releaseIoBinding(this.#binding);
    this.#binding = undefined;
  }
}
