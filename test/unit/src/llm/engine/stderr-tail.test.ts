import { PassThrough } from 'node:stream';
import { StderrTail } from '../../../../../src/llm/engine/stderr-tail.js';

describe('StderrTail', () => {
  it('passes on whole lines and keeps the last twenty that say something', async () => {
    const stderr = new PassThrough();
    const passedOn: string[] = [];
    const tail = new StderrTail(stderr, (line) => passedOn.push(line));
    stderr.write('first\n\nsec');
    stderr.write('ond\n');
    for (let number = 0; number < 19; number++) stderr.write(`${number}\n`);
    stderr.end('unfinished');
    await new Promise((resolve) => stderr.once('end', resolve));
    expect(passedOn.slice(0, 3)).toEqual(['first', '', 'second']);
    expect(passedOn).toHaveLength(22);
    expect(tail.lines.slice(0, 2)).toEqual(['second', '0']);
    expect(tail.lines.at(-1)).toBe('unfinished');
  });
});
