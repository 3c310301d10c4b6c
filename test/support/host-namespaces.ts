import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { REPOSITORY } from './lab-host.js';

/** $1: the host's name; $2: its /etc/hosts. Ends with its standard input, so at the latest with this process. */
const HOLD = `
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  mount --bind "$2" /etc/hosts
  hostname "$1"
  echo ready
  exec cat`;

/**
 * What makes a network namespace a host: a name, an /etc/hosts and a /dev/shm of its own. A process holds them; when it and
 * every process that entered them have ended, the kernel takes all of it back.
 */
export class HostNamespaces {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** @param hostsFile becomes the host's /etc/hosts. */
  static async create(networkNamespace: string, hostname: string, hostsFile: string): Promise<HostNamespaces> {
    const unshare = ['unshare', '--mount', '--propagation', 'private', '--uts', 'sh', '-ec', HOLD, 'sh'];
    const args = ['netns', 'exec', networkNamespace, ...unshare, hostname, hostsFile];
    const holder = spawn('ip', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const failed = new Promise<never>((_, reject) => {
      holder.stderr.once('data', (chunk) => reject(new Error(`The host ${hostname} can't be made: ${chunk}`)));
      holder.once('exit', (code) => reject(new Error(`The holder of the host ${hostname} ended with ${code}.`)));
    });
    await Promise.race([once(holder.stdout, 'data'), failed]);
    return new HostNamespaces(holder);
  }

  /** Turns a command into one that runs on the host, in the repository. */
  enter(command: readonly string[]): string[] {
    const namespaces = ['--target', `${this.#holder.pid}`, '--net', '--mount', '--uts'];
    // Who enters a mount namespace stands in its root.
    return ['nsenter', ...namespaces, 'env', `--chdir=${REPOSITORY}`, ...command];
  }

  /** The host's /dev/shm as this process sees it, while the host exists. */
  get sharedMemory(): string {
    return `/proc/${this.#holder.pid}/root/dev/shm`;
  }
}
