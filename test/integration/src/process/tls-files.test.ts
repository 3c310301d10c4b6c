import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseTlsFiles, readTlsFiles } from '../../../../src/process/tls-files.js';
import { Certificates } from '../../../support/certificates.js';

describe('TLS files', () => {
  const own = new Certificates();
  const other = new Certificates();
  const { cert, key, ca } = own.files;
  afterEach(() => {
    for (const name of ['CERT', 'KEY', 'CA']) delete process.env[`RAY_TS_TLS_${name}`];
  });
  afterAll(() => {
    own.remove();
    other.remove();
  });

  it('are read when they go together', () => {
    expect(readTlsFiles(own.files)).toEqual(own.texts);
  });

  it.each([
    ['a file that is not there', () => ({ cert, key: '/nowhere/node.key', ca }), /\/nowhere\/node\.key/],
    ['a key of another certificate', () => ({ cert, key: other.files.key, ca }), /node\.key is not the key of/],
    ['a key in place of a certificate', () => ({ cert: key, key, ca }), /node\.key holds no certificate/],
    ['a damaged authority', () => ({ cert, key, ca: damaged() }), /damaged\.pem holds no certificate/],
    ['a certificate that has expired', () => ({ cert: expired(), key, ca }), /expired\.pem expired on/],
  ])('are refused for %s, which is named', (_what, files, message) => {
    expect(() => readTlsFiles(files())).toThrow(message);
  });

  function damaged(): string {
    const path = join(own.directory, 'damaged.pem');
    writeFileSync(path, own.texts.ca.slice(0, 200));
    return path;
  }

  function expired(): string {
    const path = join(own.directory, 'expired.pem');
    const flags = ['-in', 'node.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '-1', '-out', path];
    execFileSync('openssl', ['x509', '-req', ...flags], { cwd: own.directory, stdio: 'pipe' });
    return path;
  }

  it('are those that were given, made absolute, else those of the environment', () => {
    process.env['RAY_TS_TLS_CERT'] = '/env/cert';
    process.env['RAY_TS_TLS_KEY'] = '/env/key';
    process.env['RAY_TS_TLS_CA'] = '/env/ca';
    expect(chooseTlsFiles()).toEqual({ cert: '/env/cert', key: '/env/key', ca: '/env/ca' });
    expect(chooseTlsFiles({ cert: 'mine.pem' })).toMatchObject({
      cert: join(process.cwd(), 'mine.pem'),
      key: '/env/key',
    });
  });

  it('are none when none is named, and never some without the others', () => {
    expect(chooseTlsFiles()).toBeUndefined();
    expect(() => chooseTlsFiles({ cert: 'c', key: 'k' })).toThrow(/Missing: ca\./);
  });
});
