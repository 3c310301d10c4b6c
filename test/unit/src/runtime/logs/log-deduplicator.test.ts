import { LogDeduplicator, type LogLine } from '../../../../../src/runtime/logs/log-deduplicator.js';

const line = (text: string, pid = 1, more: Partial<LogLine> = {}): LogLine => ({
  ip: '10.0.0.1',
  pid,
  source: 'Trainer',
  isError: false,
  text,
  ...more,
});

describe('LogDeduplicator', () => {
  let folded: LogDeduplicator;
  beforeEach(() => {
    folded = new LogDeduplicator();
  });

  const add = (added: LogLine, nowMs: number): string[] => folded.add(added, nowMs).map(show);
  const show = ({ text, pid, numRepeated }: LogLine & { numRepeated: number }): string =>
    `${pid} ${text}${numRepeated ? ` x${numRepeated}` : ''}`;

  it('prints the first line at once, and one for all that other workers print alike, when five seconds are over', () => {
    expect(add(line('loading', 1), 0)).toEqual(['1 loading']);
    expect(add(line('loading', 2), 10)).toEqual([]);
    expect(add(line('loading', 3), 4_999)).toEqual([]);
    expect(folded.flush(4_999)).toEqual([]);
    expect(folded.flush(5_000).map(show)).toEqual(['3 loading x2']);
    expect(folded.flush(20_000)).toEqual([]);
  });

  it('takes lines for alike that differ in numbers', () => {
    add(line('rank 0: step 12 took 0.31 s at 0x7ffe', 1), 0);
    expect(add(line('rank 1: step 13 took 1.5 s at 0x81aa', 2), 1)).toEqual([]);
    expect(add(line('rank 1: epoch 13 took 1.5 s at 0x81aa', 2), 1)).toHaveLength(1);
  });

  it('prints what a single worker says again and again as it comes', () => {
    expect(add(line('step 1'), 0)).toEqual(['1 step 1']);
    expect(add(line('step 2'), 1)).toEqual(['1 step 2']);
    expect(folded.flush()).toEqual([]);
  });

  it('keeps apart workers of one pid on two hosts, two classes, and the two streams', () => {
    add(line('x', 1), 0);
    expect(add(line('x', 1, { ip: '10.0.0.2' }), 0)).toEqual([]);
    expect(add(line('x', 2, { source: 'Other' }), 0)).toEqual(['2 x']);
    expect(add(line('x', 2, { isError: true }), 0)).toEqual(['2 x']);
  });

  it('begins anew after the five seconds, and says first what it held back', () => {
    add(line('loading', 1), 0);
    add(line('loading', 2), 1);
    expect(add(line('loading', 3), 5_000)).toEqual(['2 loading x1', '3 loading']);
  });

  it('says at the end what it held back', () => {
    add(line('loading', 1), 0);
    add(line('loading', 2), 1);
    expect(folded.flush().map(show)).toEqual(['2 loading x1']);
  });

  it('folds no more than it can remember, and loses nothing', () => {
    const words = Array.from({ length: 10_100 }, (_, n) => n.toString(2).replaceAll('0', 'x').replaceAll('1', 'y'));
    for (const word of words) expect(add(line(word), 0)).toEqual([`1 ${word}`]);
    expect(add(line(words.at(-1)!, 2), 0)).toHaveLength(1);
  });
});
