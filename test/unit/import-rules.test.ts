import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findBreaches, type ImportRules, type Sources } from '../support/check-imports.js';

/** Types count too: a folder that knows another's types knows the other. */
const RULES: ImportRules = {
  files: [
    ['src/index.ts', ['src/core/', 'src/api/']],
    ['src/core/', ['src/core/']],
    ['src/process/', ['src/process/', 'src/core/']],
    ['src/rpc/', ['src/rpc/', 'src/core/']],
    ['src/channel/', ['src/channel/', 'src/core/']],
    ['src/channel/bridge-stream.ts', ['src/rpc/']],
    ['src/runtime/', ['src/runtime/', 'src/core/', 'src/process/', 'src/rpc/', 'src/channel/']],
    [
      'src/api/',
      ['src/api/', 'src/runtime/', 'src/collective/', 'src/core/', 'src/process/', 'src/rpc/', 'src/channel/'],
    ],
    ['src/jobs/', ['src/jobs/', 'src/api/', 'src/runtime/', 'src/core/', 'src/process/', 'src/rpc/']],
    ['src/collective/', ['src/collective/', 'src/core/', 'src/channel/']],
    [
      'src/distributed/',
      ['src/distributed/', 'src/collective/', 'src/core/', 'src/process/', 'src/rpc/', 'src/channel/'],
    ],
    ['src/llm/', ['src/llm/', 'src/core/', 'src/channel/', 'src/distributed/']],
    ['src/llm/executor/ray-', ['src/api/']],
    ['src/cli/', ['src/']],
    ['head/', ['head/', 'src/core/', 'src/process/', 'src/rpc/']],
    ['worker/agent/', ['worker/agent/', 'src/core/', 'src/process/', 'src/rpc/', 'src/channel/']],
    ['worker/agent/', ['worker/actor/process-messages.ts']],
    ['worker/actor/', ['worker/actor/', 'src/runtime/', 'src/core/', 'src/process/', 'src/rpc/', 'src/channel/']],
    ['worker/actor/', ['worker/agent/process-messages.ts']],
    ['worker/model/', ['worker/model/', 'src/core/', 'src/channel/']],
    // The records that travel between the engine and its ranks, and their codecs: no policy, no state.
    ['worker/model/', ['src/llm/config/', 'src/llm/step-']],
    ['worker/model/', ['src/llm/hub/locate-weights.ts']],
    ['worker/model/', ['src/llm/word-buffer.ts', 'src/llm/engine/error-record.ts']],
    ['worker/model/', ['src/llm/executor/worker-config.ts', 'src/llm/executor/step-frame-tags.ts']],
    ['worker/model/', ['src/llm/executor/worker-methods.ts', 'src/llm/executor/mp/rank-messages.ts']],
    ['worker/model/', ['src/llm/executor/find-hang.ts']],
    // Where experts are placed, by pure functions that a stage's ranks and the engine share.
    ['worker/model/', ['src/llm/eplb/']],
  ],
  packages: {
    '@grpc/grpc-js': ['src/rpc/'],
    '@huggingface/jinja': ['src/llm/tokenizer/'],
    '@huggingface/tokenizers': ['src/llm/tokenizer/'],
    '@mlc-ai/web-xgrammar': ['src/llm/structured-output/'],
    commander: ['src/cli/'],
    ignore: ['src/runtime/runtime-env/'],
    ioredis: ['head/store/redis/'],
    koffi: ['src/channel/', 'worker/model/ort/'],
    lmdb: ['head/store/embedded/'],
    msgpackr: ['src/rpc/'],
    'onnxruntime-node': ['worker/model/ort/'],
    pino: ['src/core/logger.ts'],
    protobufjs: ['src/rpc/', 'worker/model/onnx/'],
    'ray-ts': ['src/core/built-module.ts', 'src/process/package-version.ts'],
    tar: ['src/runtime/runtime-env/', 'worker/agent/runtime-env/'],
    tsx: ['src/cli/commands/run.ts', 'src/llm/executor/load-worker-extension.ts', 'worker/actor/load-definition.ts'],
    yaml: ['src/cli/'],
    zod: ['src/llm/', 'src/jobs/', 'src/cli/', 'worker/model/'],
  },
  builtins: [['src/core/', ['node:crypto', 'node:module']]],
};

const repository = resolve(__dirname, '../..');

function readSources(...folders: string[]): Sources {
  const names = folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const files = names.filter((name) => name.endsWith('.ts'));
  return new Map(files.map((name) => [name, readFileSync(join(repository, name), 'utf8')]));
}

describe('the import rules', () => {
  it('hold for every file of src, head and worker', () => {
    expect(findBreaches(readSources('src', 'head', 'worker'), RULES)).toEqual([]);
  });
});

describe('findBreaches', () => {
  const breachesOf = (file: string, text: string): string[] => findBreaches(new Map([[file, text]]), RULES);

  it.each([
    ['a type', 'src/core/a.ts', "import type { Frame } from '../rpc/frame.js';"],
    ['an import over several lines', 'src/llm/a.ts', "import {\n  init,\n  get,\n} from '../api/index.js';"],
    ['an export from elsewhere', 'src/rpc/a.ts', "export * from '../channel/index.js';"],
    ['an import for its effect', 'src/api/a.ts', "import '../../head/main.js';"],
    ['a dynamic import', 'head/a.ts', "export const load = () => import('../worker/agent/agent.js');"],
    ['a package in the wrong folder', 'head/store/a.ts', "import { Redis } from 'ioredis';"],
    ["a package's inner module", 'worker/agent/a.ts', "import { load } from '@grpc/grpc-js/build/x.js';"],
    ['a package that is resolved', 'src/llm/a.ts', "createRequire(import.meta.url).resolve('onnxruntime-node/x')"],
    ['a package without a rule', 'src/cli/a.ts', "import chalk from 'chalk';"],
    ['a built-in that does I/O in the core', 'src/core/a.ts', "import { readFileSync } from 'node:fs';"],
    ['a folder without a rule', 'src/serve/a.ts', "import { x } from './b.js';"],
  ])('finds %s', (_, file, text) => {
    expect(breachesOf(file, text)).toEqual([expect.stringContaining(file)]);
  });

  it('says who imports what and what is allowed', () => {
    expect(breachesOf('src/rpc/client.ts', "import { init } from '../api/init.js';")).toEqual([
      'src/rpc/client.ts imports src/api/init.ts: it may import src/rpc/, src/core/',
    ]);
  });

  it('finds a cycle', () => {
    const sources = new Map([
      ['head/a.ts', "import { b } from './b.js';"],
      ['head/b.ts', "import type { C } from './placement/c.js';"],
      ['head/placement/c.ts', "import { a } from '../a.js';"],
    ]);
    expect(findBreaches(sources, RULES)).toEqual(['cycle: head/a.ts -> head/b.ts -> head/placement/c.ts -> head/a.ts']);
  });

  it('leaves alone what is allowed, and imports in comments', () => {
    const text = [
      '/**',
      " *     import * as ray from 'ray-ts';",
      ' */',
      "import { createNodeId } from '../../core/index.js';",
      "import { ray } from '../../api/index.js';",
      "import { join } from 'node:path';",
    ].join('\n');
    expect(breachesOf('src/llm/executor/ray-executor.ts', text)).toEqual([]);
  });
});
