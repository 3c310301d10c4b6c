import { ModelLoadError } from '../../../../../src/core/index.js';
import { type Refusal, refusalError } from '../../../../../src/llm/hub/hub-errors.js';

const MODEL = { repoId: 'org/model', revision: 'v2', endpoint: 'https://hub.example', downloadDir: undefined };
const tell = (refusal: Partial<Refusal>): string =>
  refusalError(MODEL, { status: 404, errorCode: null, hasToken: false, ...refusal }).message;

describe('refusalError', () => {
  it('names model, revision, hub and answer', () => {
    const error = refusalError(MODEL, { status: 418, errorCode: 'Teapot', hasToken: false });
    expect(error).toBeInstanceOf(ModelLoadError);
    expect(error.message).toBe(
      "The model org/model (revision v2) can't be fetched: https://hub.example answered 418 Teapot.",
    );
  });

  it('says where to ask for a gated model', () => {
    const gated = { status: 403, errorCode: 'GatedRepo' };
    expect(tell(gated)).toMatch(/is gated.*Ask for access at https:\/\/hub\.example\/org\/model, then set HF_TOKEN/);
    expect(tell({ ...gated, hasToken: true })).toContain('with the account of your token');
  });

  it('says of a revision where the others are listed', () => {
    expect(tell({ errorCode: 'RevisionNotFound' })).toMatch(
      /no such branch, tag or commit.*See https:\/\/hub\.example\/org\/model\/tree\/main/,
    );
  });

  it.each([401, 404])('takes %d for a name that is wrong, or a private model', (status) => {
    const text = tell({ status, errorCode: 'RepoNotFound' });
    expect(text).toContain('there is no local folder of that name');
    expect(text).toContain('If it is private, set HF_TOKEN');
  });

  it('doubts a token that was sent', () => {
    expect(tell({ status: 401, hasToken: true })).toContain('Check that the token');
    expect(tell({ status: 403, hasToken: true })).toMatch(/may not be read.*Check that the token/);
  });
});
