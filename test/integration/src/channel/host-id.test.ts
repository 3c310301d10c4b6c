import { execFileSync } from 'node:child_process';
import { hostId } from '../../../../src/channel/index.js';

const before = process.env['RAY_TS_HOST_ID'];

afterEach(() => {
  if (before === undefined) delete process.env['RAY_TS_HOST_ID'];
  else process.env['RAY_TS_HOST_ID'] = before;
});

describe('hostId', () => {
  it('is the same in every process of a host', () => {
    delete process.env['RAY_TS_HOST_ID'];
    const program = "import('./src/channel/index.ts').then(({ hostId }) => console.log(hostId()))";
    const other = execFileSync(process.execPath, ['--import', 'tsx', '-e', program], { encoding: 'utf8' });
    expect(hostId()).toBe(other.trim());
  });

  it('is RAY_TS_HOST_ID where that is set', () => {
    process.env['RAY_TS_HOST_ID'] = 'host-a';
    expect(hostId()).toBe('host-a');
  });
});
