import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '../..');

/** For blocks that go on from an earlier one and import nothing themselves. */
const IMPORTS = `import * as ray from 'ray-ts';
import { AsyncLLM, LLM, SamplingParams } from 'ray-ts/llm';
`;

const pages = ['README.md', ...readdirSync(join(REPOSITORY, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

/** The TypeScript of a page, each block as a module. */
function blocksOf(page: string): string[] {
  const text = readFileSync(join(REPOSITORY, page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) =>
    /^import /m.test(code!) ? code! : `${IMPORTS}${code}`,
  );
}

const TSCONFIG = {
  extends: join(REPOSITORY, 'tsconfig.json'),
  compilerOptions: {
    types: ['node'],
    typeRoots: [join(REPOSITORY, 'node_modules/@types')],
    noUnusedLocals: false,
    paths: { 'ray-ts': [join(REPOSITORY, 'src/index.ts')], 'ray-ts/llm': [join(REPOSITORY, 'src/llm/index.ts')] },
  },
  include: ['blocks'],
};

function compile(folder: string): Promise<string> {
  const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  return new Promise((settle) => {
    execFile(process.execPath, [compiler, '-p', folder], { cwd: folder }, (error, stdout, stderr) => {
      settle(error === null ? '' : `${stdout}${stderr}`);
    });
  });
}

describe('The documentation', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-documentation-'));
    mkdirSync(join(folder, 'blocks'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is listed in README.md, every page', () => {
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
    expect(pages.filter((page) => page !== 'README.md' && !readme.includes(`](${page})`))).toEqual([]);
  });

  it('has only TypeScript that compiles', async () => {
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const blocks = pages.flatMap((page) => blocksOf(page).map((code, index) => ({ page, code, index })));
    for (const { page, code, index } of blocks) {
      writeFileSync(join(folder, 'blocks', `${page.replaceAll(/\W/g, '-')}-${index + 1}.ts`), code);
    }
    expect(blocks.length).toBeGreaterThan(3);
    expect(await compile(folder)).toBe('');
  });
});
