import koffi from 'koffi';
import { type OrtFunctionName, ortApiIndices } from './api-table.js';
import { fromOrtStatus } from './ort-status.js';

/** Address of an object that lives in ONNX Runtime. */
export type OrtPointer = bigint;

/** Addresses are bigints; arrays inside pointer arrays must be addresses too, since koffi does not keep them alive. */
type NativeArgument =
  | bigint
  | number
  | string
  | null
  | ArrayBufferView
  | readonly string[]
  | readonly (bigint | null)[];

type NativeFunction<Result> = (...args: NativeArgument[]) => Result;
type NativeParameter = string | ReturnType<typeof koffi.out>;

const POINTER_BYTES = 8;

function decodeFunction<Result>(
  table: OrtPointer,
  name: OrtFunctionName,
  result: string,
  parameters: readonly NativeParameter[],
): NativeFunction<Result> {
  const address = koffi.decode(table, ortApiIndices[name] * POINTER_BYTES, 'void *');
  return koffi.decode(address, koffi.proto(result, [...parameters]));
}

type StatusCheck = (operation: OrtFunctionName, status: OrtPointer | null) => void;

/** Returns a function that throws the error of a failed status, after releasing the status. */
function createStatusCheck(table: OrtPointer): StatusCheck {
  const getErrorCode = decodeFunction<number>(table, 'GetErrorCode', 'int', ['void *']);
  const getErrorMessage = decodeFunction<string>(table, 'GetErrorMessage', 'str', ['void *']);
  const releaseStatus = decodeFunction<void>(table, 'ReleaseStatus', 'void', ['void *']);
  return (operation, status) => {
    if (status === null || status === 0n) return;
    const error = fromOrtStatus({ operation, code: getErrorCode(status), message: getErrorMessage(status) });
    releaseStatus(status);
    throw error;
  };
}

/** The three forms of function in the table: one that returns a status, one that also creates an object, a release. */
export interface TableBinder {
  call(name: OrtFunctionName, parameters: readonly NativeParameter[]): NativeFunction<void>;
  create(name: OrtFunctionName, parameters: readonly NativeParameter[]): NativeFunction<OrtPointer>;
  release(name: OrtFunctionName): (object: OrtPointer) => void;
}

/** Binds the entries of the table at `table`. Calls throw what {@link fromOrtStatus} makes of a failed status. */
export function createTableBinder(table: OrtPointer): TableBinder {
  const check = createStatusCheck(table);
  const createdObject = koffi.out(koffi.pointer('void *'));
  return {
    call(name, parameters) {
      const native = decodeFunction<OrtPointer | null>(table, name, 'void *', parameters);
      return (...args) => check(name, native(...args));
    },
    create(name, parameters) {
      const native = decodeFunction<OrtPointer | null>(table, name, 'void *', [...parameters, createdObject]);
      return (...args) => {
        const created: [OrtPointer | null] = [null];
        check(name, native(...args, created));
        return created[0]!;
      };
    },
    release: (name) => decodeFunction<void>(table, name, 'void', ['void *']),
  };
}
