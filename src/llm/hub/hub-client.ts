import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { ModelLoadError, toError } from '../../core/index.js';
import { HubUnavailableError, refusalError } from './hub-errors.js';
import { type HubModel, isCommit } from './hub-model.js';
import { isPassingStatus, MAX_ATTEMPTS, parseRetryAfter, retryDelayMs } from './retry-schedule.js';
import { checkFileNames, type HubFile } from './wanted-files.js';

const ANSWER_TIMEOUT_MS = 20_000;

const infoSchema = z.object({
  sha: z.string().refine(isCommit),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.int().min(0),
      blobId: z.string().regex(/^[0-9a-f]{40}$/),
      lfs: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }).nullish(),
    }),
  ),
});

/** What the hub has of a model at a commit. */
export interface HubListing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

export interface HubClientOptions {
  readonly token: string | undefined;
  /** Requests in vain before one gives up. */
  readonly maxAttempts?: number;
  /** Called before a request is made again. */
  readonly onRetry?: (reason: string, delayMs: number) => void;
}

/** Asks the hub for one model. */
export class HubClient {
  readonly #model: HubModel;
  readonly #options: HubClientOptions;

  constructor(model: HubModel, options: HubClientOptions) {
    this.#model = model;
    this.#options = options;
  }

  /** @throws {ModelLoadError} when there is no such revision. @throws {HubUnavailableError} */
  list(): Promise<HubListing> {
    const { endpoint, repoId, revision } = this.#model;
    const url = `${endpoint}/api/models/${repoId}/revision/${encodeURIComponent(revision)}?blobs=true`;
    return this.retry(async () => this.#parse(await readJson(await this.#request(url, {})), url));
  }

  /** The file from byte `start` on; the answer's status is 200 (all of it), 206 or 416. */
  open(commit: string, { name, size }: HubFile, start: number, signal: AbortSignal): Promise<Response> {
    const { endpoint, repoId } = this.#model;
    const path = name.split('/').map(encodeURIComponent).join('/');
    const headers = start === 0 ? {} : { range: `bytes=${start}-${size - 1}` };
    return this.#request(`${endpoint}/${repoId}/resolve/${commit}/${path}`, headers, signal);
  }

  /**
   * Repeats what fails for a passing reason, waiting longer each time.
   * @param madeProgress says of a failure that the work is further than before: the count of attempts begins anew.
   */
  async retry<Result>(work: () => Promise<Result>, madeProgress: () => boolean = () => false): Promise<Result> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof HubUnavailableError) || !error.isPassing) throw error;
        if (madeProgress()) attempt = 0;
        if (attempt + 1 >= (this.#options.maxAttempts ?? MAX_ATTEMPTS)) throw error;
        const delayMs = retryDelayMs(attempt, Math.random(), error.retryAfterMs);
        this.#options.onRetry?.(error.message, delayMs);
        await wait(delayMs);
      }
    }
  }

  /** fetch sends `authorization` to no other origin that it is redirected to. */
  async #request(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    const { token } = this.#options;
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    let response: Response;
    try {
      response = await fetch(url, {
        headers: { ...headers, ...authorization, 'accept-encoding': 'identity', 'user-agent': 'ray-ts' },
        signal: signal ?? AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
    } catch (error) {
      throw unreachable(url, error);
    }
    if (response.ok || response.status === 416) return response;
    await response.body?.cancel();
    if (isPassingStatus(response.status)) {
      const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now());
      throw new HubUnavailableError(`${response.url} answered ${response.status}`, { retryAfterMs });
    }
    throw this.#refused(response);
  }

  /** Who may not ask may have the model in the cache; a revision that the hub doesn't have is a mistake in any case. */
  #refused({ status, headers, url }: Response): Error {
    if (new URL(url).origin !== new URL(this.#model.endpoint).origin) {
      return new HubUnavailableError(`${new URL(url).host}, where the hub keeps the file, answered ${status}`);
    }
    const errorCode = headers.get('x-error-code');
    const hasToken = this.#options.token !== undefined;
    const refusal = refusalError(this.#model, { status, errorCode, hasToken });
    if (errorCode === 'RevisionNotFound') return refusal;
    return new HubUnavailableError(refusal.message, { isPassing: false, refusal });
  }

  #parse(json: unknown, url: string): HubListing {
    const info = infoSchema.safeParse(json);
    if (!info.success) {
      const [issue] = info.error.issues;
      throw new ModelLoadError(
        `${url} did not answer as the Hugging Face hub does: ${issue!.path.join('.')}: ${issue!.message}. Check HF_ENDPOINT.`,
      );
    }
    const { sha, siblings } = info.data;
    checkFileNames(
      this.#model.repoId,
      siblings.map(({ rfilename }) => rfilename),
    );
    const files = siblings.map(({ rfilename, size, blobId, lfs }) => ({
      name: rfilename,
      size,
      etag: lfs?.sha256 ?? blobId,
    }));
    return { commit: sha, files };
  }
}

/** @throws {HubUnavailableError} for an answer that breaks off or is something else, such as a proxy's page. */
async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw unreachable(response.url, error);
  }
}

/** A failure of the network; a host that has no address will not get one while we wait. */
export function unreachable(url: string, error: unknown): HubUnavailableError {
  const cause = toError(error).cause;
  const reason = cause instanceof Error ? cause : toError(error);
  const isPassing = !('code' in reason && reason.code === 'ENOTFOUND');
  return new HubUnavailableError(`${url} can't be reached: ${reason.message || reason.name}`, {
    cause: error,
    isPassing,
  });
}
