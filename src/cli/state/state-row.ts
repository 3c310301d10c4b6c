/** One entry of a state table: plain JSON, by column. */
export type StateRow = Readonly<Record<string, StateCell>>;

export type StateCell = string | number | boolean | null | readonly StateCell[] | { readonly [key: string]: StateCell };

/** One kind of thing that `ray-ts list`, `get` and `summary` show. */
export interface StateTable {
  /** Shown by `list`, in this order; what a row has beside them is shown with `--detail` and by `get`. */
  readonly columns: readonly string[];
  /** The column that `get` looks up. */
  readonly idColumn: string;
  readonly rows: readonly StateRow[];
  /** What could not be had: nodes that did not answer, entries that were dropped. */
  readonly warnings: readonly string[];
}
