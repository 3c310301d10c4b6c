import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describeWithHosts } from '../../support/describe-with-hosts.js';
import { eventually } from '../../support/eventually.js';
import { REPOSITORY } from '../../support/lab-host.js';
import { labNameIn } from '../../support/lab-name.js';
import { MultiHostLab, type NetworkedHost } from '../../support/multi-host-lab.js';

const labOf = (host: NetworkedHost): string => basename(dirname(host.directory));

const namespacesOf = (labName: string): string[] =>
  readdirSync('/run/netns').filter((name) => labNameIn(name) === labName);

/** Answers every connection to the port with a word. */
const serve = (host: NetworkedHost, port: number, word: string) => {
  const program = `require('net').createServer((socket) => socket.end('${word}')).listen(${port}, () => console.log('up'))`;
  return once(host.spawn([process.execPath, '-e', program]).stdout!, 'data');
};

/** What the server at an address says; nothing when no packet comes back. */
const ask = async (host: NetworkedHost, address: string, port: number): Promise<string> => {
  const program = `const socket = require('net').connect(${port}, '${address}').setTimeout(1000, () => process.exit());
    socket.on('data', (data) => { process.stdout.write(data); process.exit(); });
    socket.on('error', (error) => { process.stdout.write(error.code); process.exit(); });`;
  return (await host.run([process.execPath, '--import', 'tsx', '-e', program])).stdout;
};

describeWithHosts('a lab of several hosts', () => {
  let lab: MultiHostLab;
  let first: NetworkedHost;
  let second: NetworkedHost;
  let third: NetworkedHost;
  beforeAll(async () => {
    lab = await MultiHostLab.open(['one', 'two', 'three']);
    [first, second, third] = lab.hosts as [NetworkedHost, NetworkedHost, NetworkedHost];
    await serve(second, 7000, 'second');
  });
  afterAll(() => lab?.close());

  const everyHost = (command: readonly string[]) => Promise.all(lab.hosts.map((host) => host.run(command)));

  it('gives every host a name, an address and a session directory of its own', async () => {
    const names = (await everyHost(['hostname'])).map(({ stdout }) => stdout.trim());
    expect(names).toEqual(['one', 'two', 'three']);
    const addresses = (await everyHost(['hostname', '-i'])).map(({ stdout }) => stdout.trim());
    expect(addresses).toEqual(lab.hosts.map(({ address }) => address));
    expect(new Set(lab.hosts.map(({ directory }) => directory)).size).toBe(3);
  });

  it('gives every host a /dev/shm of its own, which tells its processes that they are on another host', async () => {
    await first.run(['touch', '/dev/shm/left-behind']);
    expect([first.segments(), second.segments()]).toEqual([['left-behind'], []]);
    expect(existsSync('/dev/shm/left-behind')).toBe(false);
    const module = join(REPOSITORY, 'src/channel/index.ts');
    const program = `import('${module}').then(({ hostId }) => process.stdout.write(hostId()))`;
    const ids = (await everyHost([process.execPath, '--import', 'tsx', '-e', program])).map(({ stdout }) => stdout);
    expect(new Set(ids).size).toBe(3);
  });

  it('lets hosts reach each other by name', async () => {
    expect(await ask(first, 'two', 7000)).toBe('second');
  });

  it('loses silently what goes over a cut link', async () => {
    second.cutLink();
    expect(await ask(first, 'two', 7000)).toBe('');
    second.restoreLink();
    expect(await ask(first, 'two', 7000)).toBe('second');
  });

  it('cuts two hosts off from each other, and from nobody else', async () => {
    lab.cutBetween(first, second);
    expect(await ask(first, 'two', 7000)).toBe('');
    expect(await ask(third, 'two', 7000)).toBe('second');
    lab.restoreBetween(first, second);
    expect(await ask(first, 'two', 7000)).toBe('second');
  });

  it('shares nothing with a lab that is open at the same time', async () => {
    const other = await MultiHostLab.open(2);
    expect(other.hosts[1]!.address).toBe(second.address);
    expect(await ask(other.hosts[0]!, second.address, 7000)).toBe('ECONNREFUSED');
    await other.close();
    expect(await ask(first, 'two', 7000)).toBe('second');
  });
});

describeWithHosts('the end of a lab', () => {
  it('takes processes, namespaces and files with it', async () => {
    const lab = await MultiHostLab.open(2);
    const [host] = lab.hosts as [NetworkedHost];
    const exited = once(host.spawn(['sleep', '600']), 'exit');
    await eventually('the process runs', () => host.processes().length > 0 || undefined);
    expect(namespacesOf(labOf(host))).toHaveLength(3);
    await lab.close();
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(namespacesOf(labOf(host))).toEqual([]);
    expect(existsSync(dirname(host.directory))).toBe(false);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(labOf(host));
  });

  it('comes when the next lab is opened, if its owner was killed', async () => {
    const owner = spawn(process.execPath, ['--import', 'tsx', 'test/support/open-lab.ts'], { cwd: REPOSITORY });
    const directory = String((await once(owner.stdout, 'data'))[0]).trim();
    const abandoned = basename(dirname(directory));
    expect(namespacesOf(abandoned)).toHaveLength(3);
    owner.kill('SIGKILL');
    await once(owner, 'exit');

    const lab = await MultiHostLab.open(1);
    expect(namespacesOf(abandoned)).toEqual([]);
    expect(existsSync(dirname(directory))).toBe(false);
    await lab.close();
  });
});
