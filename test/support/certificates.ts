import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsIdentity } from '../../src/core/index.js';

const GUIDE = join(__dirname, '../../docs/security.md');

/** An authority and a host's certificate, made by the commands that docs/security.md gives, in a folder of their own. */
export class Certificates {
  readonly directory = mkdtempSync(join(tmpdir(), 'ray-ts-certificates-'));

  /** @param name the certificate's subject alternative name; default that of the guide, with 127.0.0.1. */
  constructor(name?: string) {
    const [, commands] = /```sh\n(# once[^`]+)```/.exec(readFileSync(GUIDE, 'utf8')) ?? [];
    if (commands === undefined) throw new Error('docs/security.md has no commands that make certificates');
    const script = name ? commands.replace(/subjectAltName=[^"]+/, `subjectAltName=${name}`) : commands;
    execFileSync('sh', ['-e', '-c', script], { cwd: this.directory, stdio: 'pipe' });
  }

  get files() {
    return { cert: this.#path('node.pem'), key: this.#path('node.key'), ca: this.#path('ca.pem') };
  }

  get texts(): TlsIdentity {
    const { cert, key, ca } = this.files;
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8'), ca: readFileSync(ca, 'utf8') };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.directory, name);
  }
}
