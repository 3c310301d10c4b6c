import { StoreUnavailableError } from '../../src/core/index.js';
import type { ServiceHandlers, Services, UnaryHandler } from '../../src/rpc/index.js';
import type { StateJournal } from '../state-journal.js';

type Handlers = Partial<ServiceHandlers<Services['HeadService']>>;

const STREAMS = new Set(['attachNode', 'attachWorker', 'uploadPackage', 'downloadPackage']);

/**
 * The handlers, with a bound on how long a caller waits for a store that is away. What the head has decided by then stands,
 * and is written when the store is back: only the caller stops waiting.
 *
 * @param waitMs from the time that the request came; it may take longer as long as the store is there.
 */
export function boundedByStore(handlers: Handlers, journal: StateJournal, waitMs: number): Handlers {
  const bounded = Object.entries(handlers).map(([name, handler]) => {
    if (STREAMS.has(name)) return [name, handler];
    const unary = handler as unknown as UnaryHandler;
    return [name, (request: unknown, signal: AbortSignal) => withinWait(unary(request, signal), journal, waitMs)];
  });
  return Object.fromEntries(bounded) as Handlers;
}

async function withinWait<T>(result: Promise<T>, journal: StateJournal, waitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      if (journal.storeAwayMs > 0) reject(storeAway(journal.storeAwayMs));
    }, waitMs);
  });
  try {
    return await Promise.race([result, expiry]);
  } finally {
    clearInterval(timer);
  }
}

const storeAway = (awayMs: number): StoreUnavailableError =>
  new StoreUnavailableError(
    `The head's store has been away for ${(awayMs / 1_000).toFixed(0)} s. The change is not safe yet: the head keeps it and ` +
      'writes it when the store is back. Repeating the call is safe.',
    { details: { awayMs: Math.round(awayMs) } },
  );
