import { spawnSync } from 'node:child_process';

/** What a process writes to standard error that logs `fields`. */
function logged(fields: object): string {
  const program = `
    import { createLogger } from './src/core/logger.ts';
    createLogger('test').warn(${JSON.stringify(fields)}, 'hello');
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stderr;
}

describe('a logger', () => {
  it('writes fields to standard error as one line of JSON', () => {
    expect(JSON.parse(logged({ nodeId: 'n1' }))).toMatchObject({ component: 'test', nodeId: 'n1', msg: 'hello' });
  });

  it('hides fields that hold secrets, wherever a record has them', () => {
    const line = logged({ token: 's3cret', config: { credentials: { token: 's3cret' }, host: 'h' } });
    expect(line).not.toContain('s3cret');
    expect(JSON.parse(line)).toMatchObject({ token: '[hidden]', config: { credentials: '[hidden]', host: 'h' } });
  });
});
