import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ModelLoadError } from '../../core/index.js';
import { fetchSnapshot } from './fetch-snapshot.js';
import { type HubModel, isRepoId } from './hub-model.js';
import { readHubSettings } from './hub-settings.js';

const DEFAULT_REVISION = 'main';

export interface LocateModelOptions {
  /** Branch, tag or commit; default main. Without meaning for a local folder. */
  readonly revision?: string | undefined;
  readonly downloadDir?: string | undefined;
  readonly needsWeights: boolean;
}

/** Where a model is on this host. */
export interface LocatedModel {
  readonly modelPath: string;
  /** Where other hosts get it from, at the same commit; undefined for a local folder. */
  readonly hub: HubModel | undefined;
}

/**
 * The folder of a model: a path that exists, else a repository of the hub, which is fetched.
 * @throws {ModelLoadError} when it is neither, or can't be fetched.
 */
export async function locateModel(model: string, options: LocateModelOptions): Promise<LocatedModel> {
  const folder = resolve(model);
  if (existsSync(folder)) return { modelPath: folder, hub: undefined };
  if (!isRepoId(model)) {
    throw new ModelLoadError(
      `The model folder ${folder} can't be read: it does not exist, and ${JSON.stringify(model)} is no name of the Hugging Face hub (org/name). model must be the path of a folder with config.json, *.safetensors and tokenizer.json, or such a name.`,
    );
  }
  const { revision = DEFAULT_REVISION, needsWeights } = options;
  const downloadDir = options.downloadDir === undefined ? undefined : resolve(options.downloadDir);
  const settings = readHubSettings(downloadDir);
  const asked: HubModel = { repoId: model, revision, endpoint: settings.endpoint, downloadDir };
  const fileSet = needsWeights ? 'all' : 'no-weights';
  const { commit, path } = await fetchSnapshot(asked, { fileSet, settings });
  return { modelPath: path, hub: { ...asked, revision: commit } };
}
