import { ModelLoadError } from '../../core/index.js';
import type { HubFileSet } from './hub-model.js';

/** A file of a repository, as the hub lists it. */
export interface HubFile {
  readonly name: string;
  readonly size: number;
  /** SHA-256 of the content for large files (64 digits), else git's SHA-1 of it as a blob (40); the blob's name in the cache. */
  readonly etag: string;
}

/** What the engine reads beside the weights. */
const SMALL_FILES = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
  'chat_template.json',
  'quantize_config.json',
]);

const SINGLE_FILE = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
const TRANSFORMERS_WEIGHTS = /^model(-\d+-of-\d+)?\.safetensors$/;

export function isWeights(name: string): boolean {
  return name.endsWith('.safetensors');
}

/** Refuses names that would be written outside of the snapshot's folder. @throws {ModelLoadError} */
export function checkFileNames(repoId: string, names: readonly string[]): void {
  const unsafe = names.find((name) => /^[/\\]|^[A-Za-z]:|[\0\\]/.test(name) || name.split('/').includes('..'));
  if (unsafe === undefined) return;
  throw new ModelLoadError(
    `The hub's listing of ${repoId} has a file named ${JSON.stringify(unsafe)}, which would leave the cache's folder. Nothing was downloaded.`,
  );
}

/** None where the engine could not tell how they belong together. Some repositories have them twice, also in their makers' layout. */
function weightsAmong(names: readonly string[]): string[] {
  if (!names.includes(SINGLE_FILE) && !names.includes(WEIGHTS_INDEX)) return [];
  const all = names.filter((name) => isWeights(name) && !name.includes('/'));
  const standard = all.filter((name) => TRANSFORMERS_WEIGHTS.test(name));
  return standard.length > 0 ? standard : all;
}

/**
 * The names, of all that a repository has, that the engine reads; no folders below the repository's own.
 * @throws {ModelLoadError} when weights are wanted and there are none in safetensors.
 */
export function wantedNames(repoId: string, names: readonly string[], fileSet: HubFileSet): string[] {
  const small = fileSet === 'weights' ? [] : names.filter((name) => SMALL_FILES.has(name));
  if (fileSet === 'no-weights') return small;
  const weights = weightsAmong(names);
  if (weights.length > 0) return [...small, ...names.filter((name) => name === WEIGHTS_INDEX), ...weights];
  const others = names.filter((name) => /\.(safetensors|bin|gguf|pth|pt|h5|msgpack|onnx)$/.test(name)).slice(0, 3);
  const found = others.length > 0 ? ` (it has ${others.join(', ')})` : '';
  throw new ModelLoadError(
    `The model ${repoId} has no ${SINGLE_FILE} and no ${WEIGHTS_INDEX} on the hub${found}. Choose a repository or a revision that has (https://huggingface.co/spaces/safetensors/convert makes one), or convert it and give the folder.`,
  );
}
