import { isCommit, isRepoId } from '../../../../../src/llm/hub/hub-model.js';

describe('isRepoId', () => {
  it.each(['Qwen/Qwen3-0.6B', 'a/b', '_x/y_', 'org-1/model.v2_final', `${'o'.repeat(96)}/${'m'.repeat(96)}`])(
    'takes %s',
    (name) => {
      expect(isRepoId(name)).toBe(true);
    },
  );

  it.each([
    'gpt2',
    'a/b/c',
    '/a/b',
    './models/storyteller',
    '../models/x',
    'models/',
    'org/a--b',
    'org/a..b',
    'org/-a',
    'org/a-',
    'org/.hidden',
    'org/model.git',
    'org/mo del',
    'org/modèle',
    `org/${'m'.repeat(97)}`,
    '',
  ])('does not take %j', (name) => {
    expect(isRepoId(name)).toBe(false);
  });
});

describe('isCommit', () => {
  it('takes 40 hexadecimal digits and nothing else', () => {
    expect(isCommit('0123456789abcdef0123456789abcdef01234567')).toBe(true);
    expect(isCommit('0123456789abcdef0123456789abcdef0123456')).toBe(false);
    expect(isCommit('0123456789ABCDEF0123456789ABCDEF01234567')).toBe(false);
    expect(isCommit('main')).toBe(false);
  });
});
