import { createSubmissionId, requireSubmissionId } from '../../../../src/jobs/submission-id.js';

describe('a submission id', () => {
  it("is like Ray's, and another one each time", () => {
    const ids = Array.from({ length: 100 }, createSubmissionId);
    for (const id of ids) expect(id).toMatch(/^raysubmit_[A-Za-z0-9]{16}$/);
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(() => requireSubmissionId(id)).not.toThrow();
  });

  it.each(['', '.', '../x', 'a/b', '-f', 'a b', 'x'.repeat(129)])('can not be %j', (id) => {
    expect(() => requireSubmissionId(id)).toThrow(JSON.stringify(id));
  });
});
