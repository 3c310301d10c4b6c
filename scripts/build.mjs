/**
 * Builds the code in dist, in few files: most of what a process of ray-ts costs to start is finding and reading modules, and
 * each actor and each task worker is a process.
 *
 * Entry points are what others import (the package's exports) and what is started or imported by path (builtModule in the
 * source). They keep their place; what they share lies once in dist/chunks, so a program in a worker process that imports
 * ray-ts gets the very classes that the worker runs on. Packages in plain JavaScript are part of it, except those below.
 *
 * Usage: npm run build   (which adds the declarations)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const ENTRY_POINTS = [
  'src/index.ts',
  'src/distributed/index.ts',
  'src/llm/index.ts',
  'src/cli/main.ts',
  'src/cli/microbenchmark/definitions.ts',
  'src/api/queue-actor.ts',
  'src/jobs/entrypoint-guard.ts',
  'src/jobs/job-supervisor.ts',
  'src/llm/engine/engine-core-process.ts',
  'src/llm/engine/engine-core-thread.ts',
  'head/main.ts',
  'worker/agent/main.ts',
  'worker/actor/main.ts',
  'worker/model/compute-thread.ts',
  'worker/model/llm-worker.ts',
  'worker/model/load-thread.ts',
  'worker/model/rank-process.ts',
];

const EXTERNAL = [
  // Binaries, or files that are looked for beside their package.
  'koffi',
  'lmdb',
  'onnxruntime-node',
  'tsx',
  // Loaded by hand, when a process first needs it.
  'pino',
  // gRPC loads it for services that nobody serves here.
  '@grpc/proto-loader',
  'ray-ts',
];

/** Packages in CommonJS ask for Node's own modules by `require`, which ES modules don't have. */
const REQUIRE = `import { createRequire as createRequire_ } from 'node:module';
const require = createRequire_(import.meta.url);`;

/** A module that is imported by the name of a constant is hidden from readers of the imports, but it must be built too. */
const importsByConstant = {
  name: 'imports by constant',
  setup({ onLoad }) {
    onLoad({ filter: /[/](src|head|worker)[/].*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace(/\bimport\(([A-Z_]+)\)/g, (call, name) => {
        const value = new RegExp(`const ${name} = ('[^']+');`).exec(source)?.[1];
        return value === undefined ? call : `import(${value})`;
      });
      return { contents, loader: 'ts' };
    });
  },
};

const { metafile } = await build({
  entryPoints: ENTRY_POINTS,
  outbase: '.',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  external: EXTERNAL,
  banner: { js: REQUIRE },
  plugins: [importsByConstant],
  alias: { 'msgpackr-extract': './scripts/lazy-string-extractor.cjs' },
  logLevel: 'warning',
});
writeFileSync('dist/THIRD-PARTY-LICENSES.txt', thirdPartyLicenses(Object.keys(metafile.inputs)));
