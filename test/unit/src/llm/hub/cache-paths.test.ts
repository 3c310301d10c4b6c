import { InvalidArgumentError } from '../../../../../src/core/index.js';
import { cachePaths } from '../../../../../src/llm/hub/cache-paths.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const paths = cachePaths('/cache', 'Qwen/Qwen3-0.6B');

describe('the paths of the cache', () => {
  it("are those of Python's huggingface_hub", () => {
    expect(paths.blob('e')).toBe('/cache/models--Qwen--Qwen3-0.6B/blobs/e');
    expect(paths.incompleteBlob('e')).toBe('/cache/models--Qwen--Qwen3-0.6B/blobs/e.incomplete');
    expect(paths.lock('e')).toBe('/cache/.locks/models--Qwen--Qwen3-0.6B/e.lock');
    expect(paths.ref('main')).toBe('/cache/models--Qwen--Qwen3-0.6B/refs/main');
    expect(paths.snapshot(COMMIT)).toBe(`/cache/models--Qwen--Qwen3-0.6B/snapshots/${COMMIT}`);
    expect(paths.linkTarget('e', COMMIT)).toBe('../../blobs/e');
  });

  it('keep the slashes of a branch', () => {
    expect(paths.ref('refs/pr/1')).toBe('/cache/models--Qwen--Qwen3-0.6B/refs/refs/pr/1');
  });

  it.each(['', '.', '..', '../main', 'a/../../b', '/etc', 'a//b', 'a\\b', 'a\0b'])(
    'refuse the revision %j',
    (revision) => {
      expect(() => paths.ref(revision)).toThrow(InvalidArgumentError);
    },
  );
});
