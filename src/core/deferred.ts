/** A promise with its settlers outside, for a result that arrives by message. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A rejection that nobody awaits yet is not an unhandled one: whoever holds the deferred decides.
    this.promise.catch(() => undefined);
  }
}
