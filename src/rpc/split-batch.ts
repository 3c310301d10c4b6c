/** Where joining more into one message gains nothing any more. */
const BATCH_BYTES = 1024 * 1024;

/**
 * Splits what is ready to go into batches, in order, one for each message: together they could be more than a message may
 * hold. An item that is larger than a batch goes alone.
 */
export function splitBatch<T>(items: readonly T[], bytesOf: (item: T) => number): T[][] {
  const batches: T[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = bytesOf(item);
    const last = batches.at(-1);
    if (last && bytes <= room) last.push(item);
    else {
      batches.push([item]);
      room = BATCH_BYTES;
    }
    room -= bytes;
  }
  return batches;
}
