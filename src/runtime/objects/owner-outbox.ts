import type { ObjectId } from '../../core/index.js';
import {
  type Draft,
  type OwnerMessage,
  splitBatch,
  toErrorDetail,
  valueBytes,
  type ObjectOutcome as WireOutcome,
} from '../../rpc/index.js';
import type { ObjectEntry, SettledState } from './object-entry.js';

/** What an owner says on one stream of a borrower: what is ready in one turn of the event loop goes together. */
export class OwnerOutbox {
  readonly #send: (message: Draft<OwnerMessage>) => void;
  readonly #promised = new Map<ObjectId, () => void>();
  #borrowed: ObjectId[] = [];
  #outcomes: Draft<WireOutcome>[] = [];
  #sending: 'nothing' | 'scheduled' | 'closed' = 'nothing';

  constructor(send: (message: Draft<OwnerMessage>) => void) {
    this.#send = send;
  }

  /** Has a message sent, even if there is nothing to say: the borrower knows by it that the owner is there. */
  greet(): void {
    this.#schedule();
  }

  acknowledge(objectId: ObjectId): void {
    this.#borrowed.push(objectId);
    this.#schedule();
  }

  answer(objectId: ObjectId, state: SettledState): void {
    this.#outcomes.push(wireOutcome(objectId, state));
    this.#schedule();
  }

  /** Answers when the object has an outcome, once however often it is asked until then. */
  promise(entry: ObjectEntry): void {
    this.#promised.get(entry.id)?.();
    const cancel = entry.whenSettled((state) => {
      this.#promised.delete(entry.id);
      this.answer(entry.id, state);
    });
    if (entry.state.kind === 'pending') this.#promised.set(entry.id, cancel);
  }

  /** The stream is over: nothing is said any more, and nothing waited for. */
  close(): void {
    this.#sending = 'closed';
    for (const cancel of this.#promised.values()) cancel();
    this.#promised.clear();
  }

  #schedule(): void {
    if (this.#sending !== 'nothing') return;
    this.#sending = 'scheduled';
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    if (this.#sending !== 'scheduled') return;
    this.#sending = 'nothing';
    const [borrowed, outcomes] = [this.#borrowed, this.#outcomes];
    this.#borrowed = [];
    this.#outcomes = [];
    const [first = [], ...rest] = splitBatch(outcomes, ({ value }) => (value ? valueBytes(value as never) : 0));
    this.#send({ borrowed, outcomes: first });
    for (const batch of rest) this.#send({ outcomes: batch });
  }
}

function wireOutcome(objectId: ObjectId, state: SettledState): Draft<WireOutcome> {
  switch (state.kind) {
    case 'value':
      return { objectId, value: state.value };
    case 'stored':
      return { objectId, stored: state.stored };
    case 'error':
      return { objectId, error: toErrorDetail(state.error) };
  }
}
