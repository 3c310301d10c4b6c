import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from '../../core/index.js';

const DEFAULT_ENDPOINT = 'https://huggingface.co';

/** What the environment says of the hub; names and defaults are those of Python's huggingface_hub. */
export interface HubSettings {
  readonly endpoint: string;
  /** Folder with a folder per repository. */
  readonly cacheDir: string;
  /** Proves to the hub who asks; for private and gated models. */
  readonly token: string | undefined;
  /** Nothing is asked of the hub: the cache must have the model. */
  readonly isOffline: boolean;
  readonly showsProgress: boolean;
  /** The variable that names a proxy, if one does. Node's fetch takes no notice of it by itself. */
  readonly proxyVariable: string | undefined;
}

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

type Environment = Readonly<Record<string, string | undefined>>;

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes((value ?? '').toUpperCase());
}

/** The first of the variables that is neither missing nor empty. */
function firstOf(environment: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
}

/** Files of variables, as containers have, know neither ~ nor $HOME: Python expands both. */
function expandPath(environment: Environment, path: string): string {
  const fromHome = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
  return fromHome.replace(/\$(?:(\w+)|\{(\w+)\})/g, (text, plain, braced) => environment[plain ?? braced] ?? text);
}

function huggingFaceHome(environment: Environment): string {
  const cacheHome = firstOf(environment, 'XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  return expandPath(environment, firstOf(environment, 'HF_HOME') ?? join(cacheHome, 'huggingface'));
}

function endpointOf(environment: Environment): string {
  const endpoint = (firstOf(environment, 'HF_ENDPOINT') ?? DEFAULT_ENDPOINT).replace(/\/+$/, '');
  if (/^https?:\/\//.test(endpoint) && URL.canParse(endpoint)) return endpoint;
  throw new InvalidArgumentError(`HF_ENDPOINT must be an http or https URL, got ${endpoint}.`);
}

function readTokenFile(environment: Environment): string | undefined {
  const path = firstOf(environment, 'HF_TOKEN_PATH') ?? join(huggingFaceHome(environment), 'token');
  try {
    return readFileSync(expandPath(environment, path), 'utf8');
  } catch {
    return undefined; // nobody has logged in here
  }
}

function tokenOf(environment: Environment): string | undefined {
  if (isTrue(environment['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return undefined;
  const given = firstOf(environment, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN');
  const token = (given ?? readTokenFile(environment))?.trim();
  if (token === undefined || token === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new InvalidArgumentError(
    'The Hugging Face token (HF_TOKEN or the token file) has characters that no token has.',
  );
}

/**
 * @param downloadDir goes before the environment's cache folder.
 * @throws {InvalidArgumentError} for an endpoint or a token that can't be one; the token is not shown.
 */
export function readHubSettings(downloadDir?: string, environment: Environment = process.env): HubSettings {
  const cacheDir = downloadDir ?? firstOf(environment, 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE');
  return {
    endpoint: endpointOf(environment),
    cacheDir: expandPath(environment, cacheDir ?? join(huggingFaceHome(environment), 'hub')),
    token: tokenOf(environment),
    isOffline: isTrue(environment['HF_HUB_OFFLINE']) || isTrue(environment['TRANSFORMERS_OFFLINE']),
    showsProgress: !isTrue(environment['HF_HUB_DISABLE_PROGRESS_BARS']),
    proxyVariable: PROXY_VARIABLES.find((name) => firstOf(environment, name) !== undefined),
  };
}
