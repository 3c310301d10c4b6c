import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { hostAndPortOf } from '../../src/core/index.js';
import { type ComposeService, readComposeFile } from '../support/compose-file.js';
import { describeWithHosts } from '../support/describe-with-hosts.js';
import { eventually } from '../support/eventually.js';
import { createImageFolder } from '../support/image-folder.js';
import { type CommandResult, type LabStatus, REPOSITORY } from '../support/lab-host.js';
import { MultiHostLab, type NetworkedHost } from '../support/multi-host-lab.js';

const FILE = join(REPOSITORY, 'docker-compose.yml');
const TOKEN = 'a-token-for-the-compose-file';
const services = readComposeFile(FILE, { RAY_TS_TOKEN: TOKEN });

/** Started by `docker compose up`. A file lists what a service depends on before it. */
const upNames = Object.keys(services).filter((name) => services[name]!.profiles.length === 0);

describe('docker-compose.yml', () => {
  it('demands a token', () => {
    expect(() => readComposeFile(FILE, {})).toThrow('RAY_TS_TOKEN is required');
  });
});

/** Each service on a host of its name, with the command, environment and healthcheck of the file as they stand. */
describeWithHosts('the services of docker-compose.yml', () => {
  let lab: MultiHostLab;
  let image: ReturnType<typeof createImageFolder>;
  const running = new Map<string, { readonly child: ChildProcess; readonly output: () => string }>();
  beforeAll(async () => {
    lab = await MultiHostLab.open([...upNames, 'driver']);
    image = createImageFolder(join(lab.hosts[0]!.directory, 'image'));
    for (const name of upNames) await up(name);
  });
  afterAll(() => lab?.close());

  const hostOf = (name: string): NetworkedHost => lab.hosts.find(({ hostname }) => hostname === name)!;

  /** A command of a service, in the working directory and with the commands of its image. */
  function inImage(name: string, command: readonly string[]) {
    const { environment, isBuilt } = services[name]!;
    const workingDirectory = isBuilt ? image.app : hostOf(name).directory;
    const path = isBuilt ? { PATH: `${image.bin}:${process.env['PATH']}` } : {};
    return [['env', `--chdir=${workingDirectory}`, ...command], { ...environment, ...path }] as const;
  }

  const runIn = (name: string, command: readonly string[]): Promise<CommandResult> =>
    hostOf(name).run(...inImage(name, command));

  async function up(name: string): Promise<void> {
    await dependenciesOf(services[name]!);
    const child = hostOf(name).spawn(...inImage(name, services[name]!.command));
    let output = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (output += chunk));
    running.set(name, { child, output: () => output });
  }

  async function dependenciesOf({ dependsOn }: ComposeService): Promise<void> {
    for (const [name, condition] of Object.entries(dependsOn)) {
      if (condition === 'service_healthy') await healthy(name);
    }
  }

  const healthy = (name: string): Promise<unknown> =>
    eventually(
      `${name} is healthy`,
      async () => (await runIn(name, services[name]!.healthcheck!)).code === 0 || undefined,
      { withinMs: 30_000, detail: () => running.get(name)?.output() ?? 'it was not started' },
    );

  it('form a cluster: the head, which offers no CPU, and the workers', async () => {
    await Promise.all(upNames.map(healthy));
    const { stdout } = await runIn('head', ['ray-ts', 'status', '--json']);
    const { nodes } = JSON.parse(stdout) as LabStatus;
    const hosts = nodes.map(({ agentAddress }) => hostAndPortOf(agentAddress).host).sort();
    expect(hosts).toEqual(['head', 'worker-1', 'worker-2'].map((name) => hostOf(name).address).sort());
  });

  it('keep the state of the head in Redis', async () => {
    const { stdout } = await runIn('redis', ['redis-cli', 'dbsize']);
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  it('let the driver of the driver profile run to its end', async () => {
    await dependenciesOf(services['driver']!);
    expect(await runIn('driver', services['driver']!.command)).toEqual({
      code: 0,
      stdout: '[ 1, 3, 6 ]\n',
      stderr: '',
    });
  });

  it('show the token to nobody who lists the processes, and in no output', () => {
    const commands = lab.hosts.flatMap((host) => host.processes().map(({ command }) => command));
    expect(commands.filter((command) => command.includes('ray-ts'))).not.toEqual([]);
    expect([...commands, ...[...running.values()].map(({ output }) => output())].join('\n')).not.toContain(TOKEN);
  });

  it('end in order when they are stopped, and leave nothing behind', async () => {
    for (const name of upNames.toReversed()) {
      const { child, output } = running.get(name)!;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      expect([name, await exited, output()]).toEqual([name, [0, null], expect.any(String)]);
      expect(hostOf(name).processes()).toEqual([]);
      expect(hostOf(name).segments()).toEqual([]);
    }
  });
});
