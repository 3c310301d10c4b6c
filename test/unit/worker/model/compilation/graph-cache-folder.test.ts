import { graphCacheFolder } from '../../../../../worker/model/compilation/graph-cache-folder.js';

describe('The folder of optimized graphs', () => {
  it.each([
    [{ RAY_TS_CACHE: '/a', VLLM_CACHE_ROOT: '/b', XDG_CACHE_HOME: '/c' }, '/a/graphs'],
    [{ RAY_TS_CACHE: '', VLLM_CACHE_ROOT: '/b', XDG_CACHE_HOME: '/c' }, '/b/graphs'],
    [{ XDG_CACHE_HOME: '/c' }, '/c/ray-ts/graphs'],
    [{}, '/home/ray/.cache/ray-ts/graphs'],
  ])('with %j is %s', (environment, folder) => {
    expect(graphCacheFolder(environment, '/home/ray')).toBe(folder);
  });
});
