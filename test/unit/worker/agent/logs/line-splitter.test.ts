import { LineSplitter } from '../../../../../worker/agent/logs/line-splitter.js';

describe('LineSplitter', () => {
  const split = (...pieces: (string | Buffer)[]): string[] => {
    const splitter = new LineSplitter();
    return [...pieces.flatMap((piece) => splitter.push(Buffer.from(piece as string))), ...splitter.flush()];
  };

  it('makes lines of whatever pieces come', () => {
    expect(split('one\ntw', 'o', '\n\nthree')).toEqual(['one', 'two', '', 'three']);
    expect(split('one\n')).toEqual(['one']);
    expect(split()).toEqual([]);
  });

  it('keeps letters whole that are cut between two pieces', () => {
    const bytes = Buffer.from('grün\n');
    expect(split(bytes.subarray(0, 3), bytes.subarray(3))).toEqual(['grün']);
  });

  it('shows the last state of a line that was drawn over itself, and drops the end of a Windows line', () => {
    expect(split('10 %\r50 %\r100 %\ndone\r\n')).toEqual(['100 %', 'done']);
  });

  it('cuts a line that does not end', () => {
    const lines = split('x'.repeat(100_000), 'x'.repeat(50_000));
    expect(lines.map(({ length }) => length)).toEqual([65_536, 65_536, 18_928]);
  });
});
