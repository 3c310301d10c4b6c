/** The row of the metadata table that says where the head is. */
export const HEAD_ROW = 'head';

export interface HeadRow {
  /** host:port. */
  readonly address: string;
  readonly hostname: string;
  readonly pid: number;
}

export const encodeHeadRow = (row: HeadRow): Uint8Array => Buffer.from(JSON.stringify(row));

export const decodeHeadRow = (bytes: Uint8Array): HeadRow => JSON.parse(Buffer.from(bytes).toString()) as HeadRow;
