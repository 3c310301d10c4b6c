import type { OrtEnvironment } from './environment.js';
import type { PlacedMemory } from './placed-memory.js';
import { requireOpen } from './require-open.js';
import type { OrtPointer } from './table-binder.js';

type TensorDtype = 'float32' | 'int32' | 'int64';

/** ONNX's element type numbers, TensorProto.DataType, which ONNX Runtime's C API shares for these. */
const ELEMENT_TYPES = { float32: 1, int32: 6, int64: 7 } as const satisfies Record<TensorDtype, number>;
const ELEMENT_BYTES = { float32: 4, int32: 4, int64: 8 } as const satisfies Record<TensorDtype, number>;

/** A shaped stretch of memory that belongs to someone else and must stay mapped as long as a binding uses the tensor. */
export interface TensorSpec extends PlacedMemory {
  readonly dtype: TensorDtype;
  /** Row-major; empty for a scalar. */
  readonly dims: readonly number[];
}

/** An ONNX Runtime value over memory of ours: creating one copies nothing. */
export class Tensor {
  readonly #environment: OrtEnvironment;
  #value: OrtPointer | undefined;

  constructor(environment: OrtEnvironment, { dtype, dims, address, place }: TensorSpec) {
    this.#environment = environment;
    const byteLength = dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[dtype]);
    this.#value = environment.api.createTensorWithDataAsOrtValue(
      place === 'webgpu' ? environment.webgpuMemory : environment.cpuMemory,
      address,
      byteLength,
      BigInt64Array.from(dims, BigInt),
      dims.length,
      ELEMENT_TYPES[dtype],
    );
  }

  /** The native value, for bindings. */
  get value(): OrtPointer {
    return requireOpen(this.#value, 'tensor');
  }

  close(): void {
    if (this.#value === undefined) return;
    this.#environment.api.releaseValue(this.#value);
    this.#value = undefined;
  }
}
