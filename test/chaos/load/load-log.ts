import { appendFileSync } from 'node:fs';
import { RayError } from 'ray-ts';
import type { LoadRecord, Step, Work } from './load-record.js';

/** Names a piece of work in the records. */
export type Piece = Pick<LoadRecord, 'work' | 'id' | 'key' | 'value' | 'size'>;

/** The driver finds that there is nothing to do; that is no failure. */
export class NotDoneError extends Error {}

/** Writes what a driver tries and what becomes of it, each line before the driver goes on. */
export class LoadLog {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Does a piece of work and records its beginning and its end.
   * @returns whether it was acknowledged. An error of the cluster is a record, not thrown.
   */
  async attempt(piece: Piece, run: () => Promise<unknown>): Promise<boolean> {
    this.#write(piece, 'started');
    try {
      const value = await run();
      this.#write(typeof value === 'number' && piece.work === 'get-key' ? { ...piece, value } : piece, 'acknowledged');
      return true;
    } catch (error) {
      this.#write(piece, isSurelyNotDone(piece.work, error) ? 'refused' : 'unknown', describe(error));
      return false;
    }
  }

  #write(piece: Piece, step: Step, failure: ReturnType<typeof describe> = {}): void {
    const record: LoadRecord = { ...piece, atMs: Date.now(), step, ...failure };
    appendFileSync(this.#path, `${JSON.stringify(record)}\n`);
  }
}

/** What the error promises; for the head's own tables only a wrong request is surely without effect. */
function isSurelyNotDone(work: Work, error: unknown): boolean {
  if (error instanceof NotDoneError) return true;
  if (!(error instanceof RayError)) return false;
  if (work.endsWith('-group') || work.endsWith('-key')) return error.code === 'RAY_INVALID_ARGUMENT';
  return error.details['mayHaveRun'] === false;
}

function describe(error: unknown): Pick<LoadRecord, 'error' | 'code' | 'reason'> {
  if (!(error instanceof RayError)) return { error: String(error) };
  const { code, message, details } = error;
  const { reason } = details;
  return {
    error: `${code}: ${message.split('\n', 1)[0]}`,
    code,
    ...(typeof reason === 'string' ? { reason } : {}),
  };
}
