import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLastLines } from '../../../../src/process/index.js';

describe('readLastLines', () => {
  let folder: string;
  let log: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-log-tail-'));
    log = join(folder, 'head.log');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives the last lines, oldest first', () => {
    writeFileSync(log, 'one\ntwo\nthree\n');
    expect(readLastLines(log, 2)).toEqual(['two', 'three']);
  });

  it('gives all lines when there are fewer', () => {
    writeFileSync(log, 'one\ntwo');
    expect(readLastLines(log, 20)).toEqual(['one', 'two']);
  });

  it('leaves out empty lines', () => {
    writeFileSync(log, 'one\n\n  \ntwo\n\n');
    expect(readLastLines(log, 2)).toEqual(['one', 'two']);
  });

  it('gives whole lines only, of a log that is too long to read', () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index}`);
    writeFileSync(log, `${lines.join('\n')}\n`);
    const tail = readLastLines(log, 3_000);
    expect(tail.length).toBeLessThan(3_000);
    expect(tail).toEqual(lines.slice(-tail.length));
  });

  it('gives none of a file that is not there', () => {
    expect(readLastLines(join(folder, 'missing.log'), 5)).toEqual([]);
  });
});
