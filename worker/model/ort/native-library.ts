import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi, { type LibraryHandle } from 'koffi';
import { InvalidArgumentError, toError } from '../../../src/core/index.js';

const LIBRARY_FILES: Readonly<Record<string, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

/** Path of the ONNX Runtime library that the onnxruntime-node package ships for a platform; it may not exist. */
export function ortLibraryPath(packageFolder: string, platform: string, arch: string): string {
  return join(packageFolder, 'bin', 'napi-v6', platform, arch, LIBRARY_FILES[platform] ?? 'libonnxruntime');
}

function findPackageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  } catch (error) {
    throw new InvalidArgumentError(
      'The package onnxruntime-node is not installed. It ships the ONNX Runtime library that runs models: npm install onnxruntime-node.',
      { cause: error },
    );
  }
}

/**
 * Keeps a library mapped until the process ends. koffi unloads a library when its last JavaScript object is collected or
 * its thread ends, while ONNX Runtime's pool threads still run its code.
 */
function pinLibrary(path: string): void {
  const dlopen = koffi.load(null).func('dlopen', 'void *', ['str', 'int']);
  const RTLD_LAZY = 1;
  dlopen(path, RTLD_LAZY);
}

/**
 * Loads ONNX Runtime's shared library, for the life of the process.
 * @throws {InvalidArgumentError} when the package or its library for this platform is missing, naming the path.
 */
export function loadOrtLibrary(): LibraryHandle {
  const path = ortLibraryPath(findPackageFolder(), process.platform, process.arch);
  if (!existsSync(path)) {
    throw new InvalidArgumentError(
      `onnxruntime-node has no ONNX Runtime library for ${process.platform}-${process.arch}: ${path} does not exist. ` +
        'Use Linux (x64, arm64) or macOS (arm64), or reinstall onnxruntime-node.',
    );
  }
  try {
    const library = koffi.load(path);
    pinLibrary(path);
    return library;
  } catch (error) {
    throw new InvalidArgumentError(`The ONNX Runtime library ${path} can't be loaded: ${toError(error).message}`, {
      cause: error,
    });
  }
}
