import { formatLogLine } from '../../../../../src/runtime/logs/format-log-line.js';

const line = { source: 'Counter', pid: 123, ip: '10.0.0.2', isError: false, text: 'hello', numRepeated: 0 };
const style = { ownAddresses: new Set(['10.0.0.1']), isColored: false };

describe('formatLogLine', () => {
  it.each([
    ['names class, process and host', line, '(Counter pid=123, ip=10.0.0.2) hello'],
    ["leaves the driver's own host out", { ...line, ip: '10.0.0.1' }, '(Counter pid=123) hello'],
    ['names the process of a worker without a task', { ...line, source: '' }, '(pid=123, ip=10.0.0.2) hello'],
    ['says for how many more a line stands', { ...line, numRepeated: 12 }, /\) hello \[repeated 12x across cluster\]$/],
  ])('%s', (_what, printed, expected) => {
    expect(formatLogLine(printed, style)).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });

  it('colors the prefix alone, by process', () => {
    const [before, prefix, after] = formatLogLine(line, { ...style, isColored: true }).split(/(\(.*\))/);
    expect(prefix).toBe('(Counter pid=123, ip=10.0.0.2)');
    expect(after).toBe('\u001b[0m hello');
    const other = formatLogLine({ ...line, pid: 124 }, { ...style, isColored: true });
    expect(other.split('(')[0]).not.toBe(before);
  });
});
