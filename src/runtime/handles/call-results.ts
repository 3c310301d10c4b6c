import type { CallLedger } from '../calls/call-ledger.js';
import { ObjectRefGenerator } from '../calls/object-ref-generator.js';
import type { CallResults } from '../calls/submitted-call.js';

/** What `.remote()` returns for a call: a ref, refs, a generator, or nothing. */
export function callResults({ call, refs }: CallResults, ledger: CallLedger): unknown {
  const { spec, stream } = call;
  if (stream) {
    stream.onTaken((numTaken) => call.carrier.consumed(call, numTaken));
    return new ObjectRefGenerator(stream, () => {
      stream.abandon();
      ledger.cancel(call, { force: false, recursive: true });
    });
  }
  if (spec.numReturns === 0) return undefined;
  return spec.numReturns === 1 ? refs[0] : refs;
}
