import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.js';

/** Version 1 and 2 of control groups, by the file that limits a group's memory. */
const VERSIONS = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max' },
];

/** A control group whose processes have only so much memory. Needs root, and a writable cgroup file system. */
export class MemoryGroup {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @returns undefined where groups can't be made. */
  static create(name: string, bytes: number): MemoryGroup | undefined {
    for (const { root, limit } of VERSIONS) {
      const path = join(root, name);
      try {
        mkdirSync(path);
      } catch {
        continue; // another version, or no right to
      }
      if (existsSync(join(path, limit))) {
        writeFileSync(join(path, limit), String(bytes));
        return new MemoryGroup(path);
      }
      rmdirSync(path);
    }
    return undefined;
  }

  /** The process, and what it starts from now on, counts for the group. */
  add(pid: number): void {
    writeFileSync(join(this.#path, 'cgroup.procs'), String(pid));
  }

  /** Once its last process is gone. */
  async remove(): Promise<void> {
    await eventually('the memory group is empty', () => {
      try {
        rmdirSync(this.#path);
        return true;
      } catch {
        return undefined; // processes that were killed are still there
      }
    });
  }
}
