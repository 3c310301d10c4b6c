import { InvalidArgumentError, type ObjectId, objectIdOf, streamItemIdOf } from '../../src/core/index.js';
import { decodeValue, encodeValue, type StoredArgument, type Value } from '../../src/rpc/index.js';
import { ObjectEntry, type SettledState } from '../../src/runtime/objects/object-entry.js';
import { entryOf, isObjectRef, ObjectRef } from '../../src/runtime/objects/object-ref.js';
import type {
  DecodedArguments,
  EncodedArguments,
  EncodedResult,
  Lineage,
  ObjectOutcome,
  Objects,
} from '../../src/runtime/objects/objects.js';

/** The objects of one process that shares none: values only, and stored arguments that the test delivers. */
export class FakeObjects implements Objects {
  readonly workerId: string;
  readonly entries = new Map<string, ObjectEntry>();
  readonly lineages = new Map<string, Lineage>();
  /** How many encoded arguments were let go. */
  numReleased = 0;
  /** Settles a stored argument, by object id. */
  readonly stored = new Map<string, Promise<unknown>>();
  #number = 0;

  constructor(workerId = 'a'.repeat(28)) {
    this.workerId = workerId;
  }

  createPending(count: number, lineage?: Lineage): ObjectRef<unknown>[] {
    return Array.from({ length: count }, () => this.createPendingOne(lineage));
  }

  createPendingOne(lineage?: Lineage): ObjectRef<unknown> {
    this.#number++;
    return this.#create(objectIdOf(this.workerId, this.#number), lineage);
  }

  createStreamItem(stream: ObjectRef<unknown>, index: number): ObjectRef<unknown> {
    return this.#create(streamItemIdOf(stream.id, index), undefined);
  }

  createCounted(): ObjectRef<unknown> {
    return this.createPendingOne();
  }

  numberOf(ref: ObjectRef<unknown>): number {
    return Number.parseInt(ref.id.slice(28, 36), 16);
  }

  settle(target: ObjectRef<unknown> | ObjectId, outcome: ObjectOutcome): undefined {
    const entry = this.entries.get(isObjectRef(target) ? target.id : target)!;
    if (entry.state.kind === 'pending') entry.settle(stateOf(outcome));
  }

  encodeArguments(args: readonly unknown[]): EncodedArguments | Promise<EncodedArguments> {
    const release = (): void => {
      this.numReleased++;
    };
    if (!args.some(isObjectRef)) return { args: encodeValue(args), storedArgs: [], release };
    return Promise.all(args.map((arg) => (isObjectRef(arg) ? this.read(arg) : arg))).then((values) => ({
      args: encodeValue(values),
      storedArgs: [],
      release,
    }));
  }

  decodeArguments(
    args: Value | null | undefined,
    storedArgs: readonly StoredArgument[],
  ): DecodedArguments | Promise<DecodedArguments> {
    const decoded = decodeValue(args);
    if (!Array.isArray(decoded)) throw new InvalidArgumentError('The arguments are no list.');
    if (storedArgs.length === 0) return { args: decoded, borrowed: undefined };
    return Promise.all(
      storedArgs.map(async ({ position, objectId }) => {
        decoded[position] = await this.stored.get(objectId);
      }),
    ).then(() => ({ args: decoded, borrowed: undefined }));
  }

  encodeResult(value: unknown): EncodedResult {
    return { result: { value: encodeValue(value) }, release: undefined };
  }

  async put<T>(value: T): Promise<ObjectRef<T>> {
    const ref = this.createPendingOne();
    this.settle(ref, { value: encodeValue(value) });
    return ref as ObjectRef<T>;
  }

  read<T>(ref: ObjectRef<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      entryOf(ref).whenSettled((state) => {
        if (state.kind === 'error') reject(state.error);
        else resolve((state.kind === 'value' ? decodeValue(state.value) : state.stored) as T);
      });
    });
  }

  #create(id: ObjectId, lineage: Lineage | undefined): ObjectRef<unknown> {
    const entry = ObjectEntry.owned(id, { origin: 'call' });
    this.entries.set(id, entry);
    if (lineage) this.lineages.set(id, lineage);
    return new ObjectRef(entry);
  }
}

function stateOf(outcome: ObjectOutcome): SettledState {
  if ('value' in outcome) return { kind: 'value', value: outcome.value };
  return 'stored' in outcome ? { kind: 'stored', stored: outcome.stored } : { kind: 'error', error: outcome.error };
}
