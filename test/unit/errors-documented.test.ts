import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRayError, rayErrorCodes } from '../../src/core/index.js';

interface Entry {
  readonly code: string;
  readonly className: string;
  readonly fields: Readonly<Record<string, string>>;
}

const page = readFileSync(resolve(__dirname, '../../docs/errors.md'), 'utf8');

/** The entries of docs/errors.md: a heading with code and class, and a list item per field. */
const entries: readonly Entry[] = page
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [, code, className] = /^(\w+) \((\w+)\)$/m.exec(section) ?? [];
    const fields = [...section.matchAll(/^- \*\*(\w+)\*\*: (.+)/gm)].map(([, name, text]) => [name, text]);
    return { code: code!, className: className!, fields: Object.fromEntries(fields) };
  });

describe('docs/errors.md', () => {
  it('has an entry for every code, and no other', () => {
    expect(entries.map(({ code }) => code)).toEqual(rayErrorCodes);
  });

  it.each(entries)('names the class of $code', ({ code, className }) => {
    expect(createRayError(code, 'Something happened.').name).toBe(className);
  });

  it.each(entries)('says of $code whether it is retryable', ({ code, fields }) => {
    expect(fields['Retryable']).toBe(createRayError(code, 'Something happened.').retryable ? 'yes' : 'no');
  });

  it.each(entries)('says of $code when it is thrown, what it leaves behind and what to do', ({ fields }) => {
    expect(Object.keys(fields)).toEqual(['Thrown', 'Retryable', 'Effect', 'Do']);
  });
});
