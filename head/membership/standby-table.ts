import type { Clock } from '../../src/core/index.js';

/** A head that waits to take over. */
export interface StandbyRecord {
  /** host:port. */
  readonly address: string;
  readonly hostname: string;
}

/** A standby says that it is there every second; one that has been silent this long is gone. */
const SILENCE_MS = 10_000;

/** The standbys that were heard lately. Soft: a head that was started again hears them within a second. */
export class StandbyTable {
  readonly #standbys = new Map<string, { readonly record: StandbyRecord; readonly heardMs: number }>();
  readonly #clock: Clock;
  readonly #onChange: () => void;

  /** @param onChange called when a standby came or went. */
  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  heard(record: StandbyRecord): void {
    const isNew = !this.#standbys.has(record.address);
    this.#standbys.set(record.address, { record, heardMs: this.#clock.now() });
    if (isNew) this.#onChange();
  }

  /** Forgets those that are gone. */
  expire(): void {
    const gone = [...this.#standbys].filter(([, { heardMs }]) => this.#clock.now() - heardMs > SILENCE_MS);
    for (const [address] of gone) this.#standbys.delete(address);
    if (gone.length > 0) this.#onChange();
  }

  list(): StandbyRecord[] {
    return [...this.#standbys.values()].map(({ record }) => record);
  }
}
