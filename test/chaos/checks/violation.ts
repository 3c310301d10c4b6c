/** A promise that was broken. */
export interface Violation {
  readonly promise: string;
  /** What was seen, with the ids to look for in the records and logs. */
  readonly seen: string;
}
