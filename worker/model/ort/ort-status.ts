import { InternalError, ModelLoadError, type RayError } from '../../../src/core/index.js';

/** ONNX Runtime's `OrtErrorCode`, in its order. */
const ORT_ERROR_CODES = [
  'OK',
  'FAIL',
  'INVALID_ARGUMENT',
  'NO_SUCHFILE',
  'NO_MODEL',
  'ENGINE_ERROR',
  'RUNTIME_EXCEPTION',
  'INVALID_PROTOBUF',
  'MODEL_LOADED',
  'NOT_IMPLEMENTED',
  'INVALID_GRAPH',
  'EP_FAIL',
] as const;

/** What an `OrtStatus` holds, read before it is released. */
export interface OrtStatus {
  /** The C function that returned it. */
  readonly operation: string;
  readonly code: number;
  readonly message: string;
}

/**
 * The one place where a failure of ONNX Runtime becomes an error of ray-ts: a session that can't be created is a
 * {@link ModelLoadError}, anything else an {@link InternalError}, since graphs and bindings are ours.
 */
export function fromOrtStatus(status: OrtStatus): RayError {
  const code = ORT_ERROR_CODES[status.code] ?? `code ${status.code}`;
  const message = `ONNX Runtime's ${status.operation} failed with ${code}: ${status.message}`;
  const options = { details: { ortOperation: status.operation, ortCode: code } };
  return status.operation === 'CreateSessionFromArray'
    ? new ModelLoadError(message, options)
    : new InternalError(message, options);
}
