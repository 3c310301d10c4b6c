import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLastLines } from '../../../../src/process/log-tail.js';

describe('readLastLines', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ray-ts-tail-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const linesOf = (text: string, count: number): string[] => {
    const path = join(directory, 'log');
    writeFileSync(path, text);
    return readLastLines(path, count);
  };

  it('gives the last lines, oldest first, without empty ones', () => {
    expect(linesOf('one\ntwo\n\nthree\n', 2)).toEqual(['two', 'three']);
    expect(linesOf('no newline', 2)).toEqual(['no newline']);
  });

  it('gives none of an empty file or one that is not there', () => {
    expect(linesOf('', 2)).toEqual([]);
    expect(readLastLines(join(directory, 'missing'), 2)).toEqual([]);
  });

  it('reads only the end of a long file, without a line that it has cut', () => {
    const lines = Array.from({ length: 5_000 }, (_, n) => `line ${n}`);
    const tail = linesOf(lines.join('\n'), 10_000);
    expect(tail.length).toBeGreaterThan(100);
    expect(tail.length).toBeLessThan(5_000);
    expect(tail).toEqual(lines.slice(-tail.length));
  });

  it('gives the end of a single line that is longer than that', () => {
    const [tail] = linesOf(`${'x'.repeat(100_000)}the end`, 5);
    expect(tail).toMatch(/the end$/);
  });
});
