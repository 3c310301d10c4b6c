import { writeFile } from 'node:fs/promises';
import { ModelLoadError } from '../../core/index.js';
import type { ProgressTerminal } from '../progress-bar.js';
import { cacheError, isFileError } from './cache-error.js';
import { type CachePaths, cachePaths } from './cache-paths.js';
import { putFile, readText } from './cached-file.js';
import { type CachedSnapshot, findCachedSnapshot } from './cached-snapshot.js';
import { downloadFiles } from './download-files.js';
import { HubClient } from './hub-client.js';
import { HubUnavailableError } from './hub-errors.js';
import { type HubFileSet, type HubModel, isCommit } from './hub-model.js';
import type { HubSettings } from './hub-settings.js';
import { wantedNames } from './wanted-files.js';

export interface FetchSnapshotOptions {
  readonly fileSet: HubFileSet;
  readonly settings: HubSettings;
  /** Where progress and delays are told. Default standard error; nothing when the environment turns progress off. */
  readonly terminal?: ProgressTerminal | undefined;
  /** From 0 to 1. */
  readonly onFraction?: ((fraction: number) => void) | undefined;
}

/**
 * The folder of a model in the cache, with what of it was missing fetched from the hub. A revision is asked for anew each
 * time; when the hub can't be reached, or must not be, the cache's last state of it does.
 * @throws {ModelLoadError} when the hub refuses, can't be reached and the cache lacks files, or the disk is full.
 */
export async function fetchSnapshot(model: HubModel, options: FetchSnapshotOptions): Promise<CachedSnapshot> {
  const { settings, fileSet } = options;
  const paths = cachePaths(settings.cacheDir, model.repoId);
  const cached = await findCachedSnapshot(paths, model.revision, fileSet);
  if (settings.isOffline) return cached ?? failOffline(model, settings);
  if (cached !== undefined && isCommit(model.revision) && fileSet === 'weights') return cached;
  const terminal = settings.showsProgress ? (options.terminal ?? process.stderr) : undefined;
  try {
    return await downloadSnapshot(model, paths, cached !== undefined, { ...options, terminal });
  } catch (error) {
    if (isFileError(error)) throw cacheError(settings.cacheDir, error);
    if (!(error instanceof HubUnavailableError)) throw error;
    if (cached === undefined) throw error.refusal ?? unreachableError(model, settings, error);
    terminal?.write(
      `${error.message.replace(/\.$/, '')}; using what the cache has of ${model.repoId} at commit ${cached.commit}.\n`,
    );
    return cached;
  }
}

async function downloadSnapshot(
  model: HubModel,
  paths: CachePaths,
  isCached: boolean,
  { fileSet, settings, terminal, onFraction }: FetchSnapshotOptions,
): Promise<CachedSnapshot> {
  const onRetry = (reason: string, delayMs: number): void => {
    terminal?.write(`${reason}. Trying again in ${Math.ceil(delayMs / 1000)} s.\n`);
  };
  const asker = new HubClient(model, { token: settings.token, onRetry, ...(isCached ? { maxAttempts: 1 } : {}) });
  const { commit, files } = await asker.list();
  const names = new Set(
    wantedNames(
      model.repoId,
      files.map(({ name }) => name),
      fileSet,
    ),
  );
  const client = new HubClient(model, { token: settings.token, onRetry });
  const wanted = files.filter(({ name }) => names.has(name));
  await downloadFiles({ client, repoId: model.repoId, commit, files: wanted, paths, terminal, onFraction });
  if (!isCommit(model.revision)) await updateRef(paths.ref(model.revision), commit);
  return { commit, path: paths.snapshot(commit) };
}

/** Writes nothing where nothing changes: the cache may be one that others keep, and read-only. */
async function updateRef(path: string, commit: string): Promise<void> {
  if ((await readText(path)) !== commit) await putFile(path, (unnamed) => writeFile(unnamed, commit));
}

function failOffline({ repoId, revision }: HubModel, { cacheDir }: HubSettings): never {
  throw new ModelLoadError(
    `The model ${repoId} (revision ${revision}) is not, or not all, in the cache ${cacheDir}, and HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids asking the hub. Run once without it, or give the path of a folder.`,
  );
}

function unreachableError(
  { repoId, revision }: HubModel,
  { proxyVariable }: HubSettings,
  cause: HubUnavailableError,
): ModelLoadError {
  const proxy =
    proxyVariable === undefined
      ? ''
      : ` ${proxyVariable} is set, but Node.js takes no notice of it before 22.21, and since then with NODE_USE_ENV_PROXY=1; HF_ENDPOINT can name a mirror.`;
  return new ModelLoadError(
    `The model ${repoId} (revision ${revision}) is no local folder, not all in the cache, and can't be fetched: ${cause.message}. What has come is kept: run it again to go on. Without a network, give the path of a folder.${proxy}`,
    { cause },
  );
}
