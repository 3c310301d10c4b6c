import { InternalError } from '../../core/index.js';
import type { ObjectReference, Value } from '../../rpc/index.js';
import {
  type ByteRange,
  decodeLayout,
  decodePrefix,
  PREFIX_BYTES,
  type StoredValuePrefix,
} from './stored-value-layout.js';

interface Part extends ByteRange {
  readonly bytes: Uint8Array;
}

/** What the parts are that are being filled. */
type State =
  | { readonly kind: 'prefix' }
  | { readonly kind: 'table'; readonly prefix: StoredValuePrefix }
  | { readonly kind: 'value' };

/**
 * A stored value that arrives by chunks, from an object on another host. Every segment gets a buffer of its own, aligned
 * for typed arrays, so the whole may be larger than any buffer.
 */
export class ArrivingValue {
  #state: State = { kind: 'prefix' };
  #parts: readonly Part[] = [allocate({ offset: 0, byteLength: PREFIX_BYTES })];
  /** The index of the part that is being filled. */
  #current = 0;

  /**
   * Takes the next chunk, which begins at `offset` of the object; `size` is the whole object's.
   * @throws {InvalidArgumentError} when the object is damaged.
   */
  take(chunk: Uint8Array, offset: number, size: number): void {
    for (let part = this.#parts[this.#current]; part !== undefined; part = this.#parts[this.#current]) {
      const from = Math.max(offset, part.offset);
      const to = Math.min(offset + chunk.byteLength, part.offset + part.byteLength);
      if (from < to) part.bytes.set(chunk.subarray(from - offset, to - offset), from - part.offset);
      if (to < part.offset + part.byteLength) return;
      this.#current++;
      if (this.#current === this.#parts.length) this.#advance(part.bytes, size);
    }
  }

  /** @throws {InternalError} when something of it is missing. */
  finish(references: readonly ObjectReference[]): Value {
    if (this.#state.kind !== 'value' || this.#current < this.#parts.length) {
      throw new InternalError('A stored value ended before all of it had come.');
    }
    const [header, ...segments] = this.#parts.map(({ bytes }) => bytes);
    return { header: header!, segments, references: [...references] };
  }

  #advance(bytes: Uint8Array, size: number): void {
    if (this.#state.kind === 'prefix') {
      const prefix = decodePrefix(bytes, size);
      this.#state = { kind: 'table', prefix };
      this.#begin([prefix.table]);
    } else if (this.#state.kind === 'table') {
      const { header, segments } = decodeLayout(this.#state.prefix, bytes);
      this.#state = { kind: 'value' };
      this.#begin([header, ...segments]);
    }
  }

  #begin(ranges: readonly ByteRange[]): void {
    this.#parts = ranges.map(allocate);
    this.#current = 0;
  }
}

const allocate = (range: ByteRange): Part => ({ ...range, bytes: new Uint8Array(range.byteLength) });
