import { InternalError, ModelLoadError } from '../../../../../src/core/index.js';
import { ortLibraryPath } from '../../../../../worker/model/ort/native-library.js';
import { fromOrtStatus } from '../../../../../worker/model/ort/ort-status.js';

describe('fromOrtStatus', () => {
  it('makes a model error of a session that can not be created', () => {
    const error = fromOrtStatus({ operation: 'CreateSessionFromArray', code: 10, message: 'bad node' });
    expect(error).toBeInstanceOf(ModelLoadError);
    expect(error.message).toMatch(/CreateSessionFromArray failed with INVALID_GRAPH: bad node/);
  });

  it('makes an internal error of anything else, with the code as a detail', () => {
    const error = fromOrtStatus({ operation: 'RunWithBinding', code: 77, message: 'new' });
    expect(error).toBeInstanceOf(InternalError);
    expect(error.details).toEqual({ ortOperation: 'RunWithBinding', ortCode: 'code 77' });
  });
});

describe('ortLibraryPath', () => {
  it('names the file of the platform', () => {
    expect(ortLibraryPath('/p', 'linux', 'arm64')).toBe('/p/bin/napi-v6/linux/arm64/libonnxruntime.so.1');
    expect(ortLibraryPath('/p', 'darwin', 'arm64')).toBe('/p/bin/napi-v6/darwin/arm64/libonnxruntime.1.dylib');
  });
});
