/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out of it: npm locks only those that
 * its registry served, and from npm 11 on `npm ci` refuses a lock that lacks any. Their hashes are not known here, so npm
 * learns them on the platform that installs them.
 *
 * Usage: npm run lock   (after a change of dependencies)
 */
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = new URL('../package-lock.json', import.meta.url);

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/** os, cpu and libc as the package's own package.json has them, from its name: @swc/core-linux-arm-gnueabihf. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const system = SYSTEMS.find((word) => words.includes(word));
  const processor = PROCESSORS.find((word) => words.includes(word));
  if (system === undefined || processor === undefined) throw new Error(`${name}: for which platform is it?`);
  const last = words.at(-1);
  const libc = last.startsWith('musl') ? ['musl'] : last.startsWith('gnu') ? ['glibc'] : undefined;
  return { cpu: [processor], ...(libc && { libc }), os: [system] };
}

/** Where Node would look for a package from inside `folder`, nearest first. */
function* lookupPaths(folder, name) {
  for (let end = folder.length; end > 0; end = folder.lastIndexOf('/node_modules/', end - 1)) {
    yield `${folder.slice(0, end)}/node_modules/${name}`;
  }
  yield `node_modules/${name}`;
}

function* missingPackages(packages) {
  for (const [folder, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if ([...lookupPaths(folder, name)].some((path) => path in packages)) continue;
      yield [`node_modules/${name}`, { version, ...platformOf(name), ...(dev && { dev }), optional: true }];
    }
  }
}

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const missing = [...missingPackages(lock.packages)];
const byPath = Object.entries(lock.packages)
  .concat(missing)
  .sort(([left], [right]) => left.localeCompare(right, 'en'));
lock.packages = Object.fromEntries(byPath);
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: added ${missing.length} packages of other platforms`);
