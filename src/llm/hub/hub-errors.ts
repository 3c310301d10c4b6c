import { ModelLoadError } from '../../core/index.js';
import type { HubModel } from './hub-model.js';

/** The hub did not answer, not as a hub does, or refused who asked: what is in the cache may do. */
export class HubUnavailableError extends Error {
  /** Milliseconds that the server asks to wait for. */
  readonly retryAfterMs: number | undefined;
  /** Asking again can help. */
  readonly isPassing: boolean;
  /** What to tell of an answer that refused, where the cache won't do. */
  readonly refusal: ModelLoadError | undefined;

  constructor(message: string, options: HubUnavailableOptions = {}) {
    super(message, options);
    this.refusal = options.refusal;
    this.retryAfterMs = options.retryAfterMs;
    this.isPassing = options.isPassing ?? true;
  }
}

interface HubUnavailableOptions extends ErrorOptions {
  readonly retryAfterMs?: number | undefined;
  /** Default true. */
  readonly isPassing?: boolean;
  readonly refusal?: ModelLoadError;
}

export interface Refusal {
  readonly status: number;
  /** The header X-Error-Code: RepoNotFound, RevisionNotFound, GatedRepo, … */
  readonly errorCode: string | null;
  readonly hasToken: boolean;
}

/** Says of an answer that will not change by itself what was asked for, and what helps. */
export function refusalError({ repoId, revision, endpoint }: HubModel, refusal: Refusal): ModelLoadError {
  const { status, errorCode, hasToken } = refusal;
  const what = `The model ${repoId} (revision ${revision})`;
  const answer = `${endpoint} answered ${status}${errorCode === null ? '' : ` ${errorCode}`}`;
  const login = hasToken
    ? 'Check that the token (HF_TOKEN or the token file) is valid and may read it.'
    : 'If it is private, set HF_TOKEN to a token that may read it.';
  if (errorCode === 'GatedRepo') {
    const token = hasToken ? 'with the account of your token' : 'then set HF_TOKEN to a token of your account';
    return new ModelLoadError(`${what} is gated: ${answer}. Ask for access at ${endpoint}/${repoId}, ${token}.`);
  }
  if (errorCode === 'RevisionNotFound') {
    return new ModelLoadError(
      `${what} was not found: the repository has no such branch, tag or commit (${answer}). See ${endpoint}/${repoId}/tree/main.`,
    );
  }
  if (status === 403) return new ModelLoadError(`${what} may not be read: ${answer}. ${login}`);
  if (status === 401 || status === 404) {
    return new ModelLoadError(
      `${what} was not found: there is no local folder of that name, and ${answer}. Check the spelling. ${login}`,
    );
  }
  return new ModelLoadError(`${what} can't be fetched: ${answer}.`);
}
