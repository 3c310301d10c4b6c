import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from '../../../../../src/core/index.js';
import { readHubSettings } from '../../../../../src/llm/hub/hub-settings.js';

/** No token file is there. */
const NOWHERE = { HF_TOKEN_PATH: '/nonexistent/token' };
const read = (environment: Record<string, string>, downloadDir?: string) =>
  readHubSettings(downloadDir, { ...NOWHERE, ...environment });

describe('the settings of the hub', () => {
  it('have the defaults of huggingface_hub', () => {
    expect(read({})).toEqual({
      endpoint: 'https://huggingface.co',
      cacheDir: join(homedir(), '.cache/huggingface/hub'),
      token: undefined,
      isOffline: false,
      showsProgress: true,
      proxyVariable: undefined,
    });
  });

  it.each([
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/xdg' }, '/xdg/huggingface/hub'],
    ['HF_HOME before it', { XDG_CACHE_HOME: '/xdg', HF_HOME: '/home' }, '/home/hub'],
    ['the old name of the cache before that', { HF_HOME: '/home', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
    ['HF_HUB_CACHE before all', { HF_HOME: '/home', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/new' }, '/new'],
    ['no empty variable', { HF_HOME: '/home', HF_HUB_CACHE: '' }, '/home/hub'],
    ['~ as the home folder', { HF_HUB_CACHE: '~/models' }, join(homedir(), 'models')],
    ['a ~ within a name as it is', { HF_HUB_CACHE: '/a~b' }, '/a~b'],
    ['variables', { DATA: '/data', HF_HUB_CACHE: '$DATA/hub' }, '/data/hub'],
    ['variables in braces', { DATA: '/data', HF_HUB_CACHE: '$' + '{DATA}1/hub' }, '/data1/hub'],
    ['unknown variables as they are', { HF_HUB_CACHE: '/$UNKNOWN/hub' }, '/$UNKNOWN/hub'],
  ])('take %s for the cache', (_, environment, cacheDir) => {
    expect(read(environment).cacheDir).toBe(cacheDir);
  });

  it('take the download folder before the environment', () => {
    expect(read({ HF_HUB_CACHE: '/cache' }, '/given').cacheDir).toBe('/given');
  });

  it('take a mirror, without the slash at its end', () => {
    expect(read({ HF_ENDPOINT: 'http://mirror:8080/hf/' }).endpoint).toBe('http://mirror:8080/hf');
  });

  it.each(['huggingface.co', 'ftp://mirror', 'http://'])('refuse the endpoint %s', (endpoint) => {
    expect(() => read({ HF_ENDPOINT: endpoint })).toThrow(`HF_ENDPOINT must be an http or https URL`);
  });

  it.each(['1', 'on', 'Yes', 'TRUE'])('are offline with %s', (value) => {
    expect(read({ HF_HUB_OFFLINE: value }).isOffline).toBe(true);
    expect(read({ TRANSFORMERS_OFFLINE: value }).isOffline).toBe(true);
  });

  it.each(['0', 'false', ''])('are not offline with %j', (value) => {
    expect(read({ HF_HUB_OFFLINE: value }).isOffline).toBe(false);
  });

  it('turn progress off', () => {
    expect(read({ HF_HUB_DISABLE_PROGRESS_BARS: '1' }).showsProgress).toBe(false);
  });

  it('name the proxy that the environment has', () => {
    expect(read({ https_proxy: 'http://proxy:3128' }).proxyVariable).toBe('https_proxy');
  });

  describe('of a token', () => {
    it('take HF_TOKEN before its old name, without white space around it', () => {
      expect(read({ HF_TOKEN: ' hf_new\n', HUGGING_FACE_HUB_TOKEN: 'hf_old' }).token).toBe('hf_new');
      expect(read({ HUGGING_FACE_HUB_TOKEN: 'hf_old' }).token).toBe('hf_old');
    });

    it('take none where it is not to be sent unasked', () => {
      expect(read({ HF_TOKEN: 'hf_new', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }).token).toBeUndefined();
    });

    it('refuse what no header can hold, without showing it', () => {
      const refused = () => read({ HF_TOKEN: 'hf_secret\r\nHost: evil' });
      expect(refused).toThrow(InvalidArgumentError);
      expect(refused).not.toThrow('secret');
    });
  });
});
