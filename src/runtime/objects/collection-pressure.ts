import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '../../core/index.js';

/** What may come to be kept between two collections. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Of its time, what a process may spend on collections that it asks for itself. */
const MAX_TIME_SHARE = 0.1;

export interface PressureFacts {
  /** Kept since the last collection, on top of what was kept then. */
  readonly bytesSince: number;
  readonly msSince: number;
  /** How long the last collection took. */
  readonly lastTookMs: number;
}

/** Whether refs that nobody has any more may be keeping too much: a large heap is collected less often. */
export const needsCollection = ({ bytesSince, msSince, lastTookMs }: PressureFacts): boolean =>
  bytesSince >= MAX_BYTES && lastTookMs <= msSince * MAX_TIME_SHARE;

/**
 * Has refs collected that keep much memory of object stores. To JavaScript's collector a ref is a hundred bytes, whatever it
 * keeps in a store, so a program that makes large objects and drops them would not be collected before the store is full.
 * (Python counts references, and Ray needs nothing of the kind.)
 */
export class CollectionPressure {
  readonly #clock: Clock;
  readonly #collect: () => void;
  #bytesSince = 0;
  #lastEndMs: number;
  #lastTookMs = 0;
  #state: 'quiet' | 'scheduled' = 'quiet';

  /** @param collect default: a full collection. */
  constructor(clock: Clock, collect: () => void = collectGarbage) {
    this.#clock = clock;
    this.#collect = collect;
    this.#lastEndMs = clock.now();
  }

  /** This process keeps so much more in object stores: by a ref, or by a value that it has opened. */
  keeps(bytes: number): void {
    this.#bytesSince += bytes;
    const msSince = this.#clock.now() - this.#lastEndMs;
    const facts = { bytesSince: this.#bytesSince, msSince, lastTookMs: this.#lastTookMs };
    if (this.#state === 'scheduled' || !needsCollection(facts)) return;
    this.#state = 'scheduled';
    // Behind the code that has just got the ref, and may drop it.
    setImmediate(() => this.#run());
  }

  /** The program freed what it had kept: no collection is needed for that. */
  givesUp(bytes: number): void {
    this.#bytesSince = Math.max(0, this.#bytesSince - bytes);
  }

  #run(): void {
    this.#state = 'quiet';
    if (this.#bytesSince < MAX_BYTES) return;
    const startMs = this.#clock.now();
    this.#collect();
    this.#lastEndMs = this.#clock.now();
    this.#lastTookMs = this.#lastEndMs - startMs;
    this.#bytesSince = 0;
  }
}

let exposed: (() => void) | undefined;

function collectGarbage(): void {
  if (!exposed) {
    // The flag shows in contexts that are made from here on: in this one only.
    setFlagsFromString('--expose-gc');
    exposed = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  exposed();
}
