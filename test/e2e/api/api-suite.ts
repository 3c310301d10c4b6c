/** One driver of test/e2e/drivers that uses a part of the API, and the facts that what it prints must show. */
export interface ApiSuite {
  readonly name: string;
  readonly driver: string;
  /** The driver's arguments, for a cluster of that many nodes; default none. */
  readonly args?: (numNodes: number) => readonly string[];
  /** Declares the tests. @param printed the driver's lines as one object, when the tests run. */
  readonly facts: (printed: () => Readonly<Record<string, unknown>>, numNodes: number) => void;
}
