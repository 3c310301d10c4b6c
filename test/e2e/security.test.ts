import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Certificates } from '../support/certificates.js';
import { Lab } from '../support/lab.js';
import { clusterVariables, type LabCluster } from '../support/lab-host.js';
import { listeningAddresses } from '../support/listening-addresses.js';

/** All files below a folder, by their paths. */
function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const tlsVariables = ({ files }: Certificates): Record<string, string> => ({
  RAY_TS_TLS_CERT: files.cert,
  RAY_TS_TLS_KEY: files.key,
  RAY_TS_TLS_CA: files.ca,
});

describe('a cluster with TLS', () => {
  const certificates = new Certificates();
  const foreign = new Certificates();
  const lab = new Lab();
  const elsewhere = new Lab();
  const stranger = new Lab();
  let cluster: LabCluster;

  beforeAll(async () => {
    const { cert, key, ca } = certificates.files;
    const flags = [`--tls-cert=${cert}`, `--tls-key=${key}`, `--tls-ca=${ca}`];
    cluster = await lab.startHead(['--num-cpus', '1', ...flags]);
  });
  afterAll(async () => {
    await stranger.close();
    await elsewhere.close();
    await lab.close();
    certificates.remove();
    foreign.remove();
  });

  it('is found with its certificate by commands and drivers of the machine, and runs their actors', async () => {
    expect((await lab.status()).nodes).toHaveLength(1);
    const driver = lab.drive('keep-calling');
    expect(await driver.line('total')).toEqual({ total: 1 });
    driver.child.kill('SIGTERM');
    await driver.exited;
  });

  it('takes nodes and drivers from elsewhere that have certificate and token', async () => {
    await elsewhere.join(cluster, ['--num-cpus', '1'], tlsVariables(certificates));
    expect((await lab.status()).nodes).toHaveLength(2);
    const driver = elsewhere.drive('spread', ['2'], { ...clusterVariables(cluster), ...tlsVariables(certificates) });
    expect(await driver.printed()).toMatchObject({ processes: 2, inOrder: true });
  });

  it.each([
    ['no certificate', {}],
    ['a certificate of another authority', tlsVariables(foreign)],
  ])('shows nothing to who has the token and %s', async (_what, variables) => {
    const { code, stdout, stderr } = await stranger.ray(['status'], { ...clusterVariables(cluster), ...variables });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Error: The head at .* can't be reached/);
    expect((await lab.status()).clusterId).toBe(cluster.clusterId);
  });

  it('shows nothing to who has a certificate and another token', async () => {
    const variables = { ...clusterVariables(cluster), ...tlsVariables(certificates), RAY_TS_TOKEN: 'another' };
    const { code, stdout, stderr } = await stranger.ray(['status'], variables);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Error: The cluster token is missing or wrong\./);
  });

  it('answers nothing on any of its ports that is not TLS', async () => {
    const addresses = listeningAddresses(lab.processes().map(({ pid }) => pid));
    expect(addresses.length).toBeGreaterThanOrEqual(2);
    for (const { port } of addresses) {
      const socket = connect(port, '127.0.0.1');
      const heard: Buffer[] = [];
      socket.on('data', (data) => heard.push(data)).on('error', () => undefined);
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
      await new Promise((resolve) => socket.once('close', resolve));
      // At most a TLS alert.
      expect(Buffer.concat(heard).length).toBeLessThanOrEqual(7);
    }
  });

  it('writes its key nowhere', () => {
    const key = certificates.texts.key.split('\n')[1]!;
    const holders = filesBelow(lab.directory).filter((path) => readFileSync(path, 'latin1').includes(key));
    expect(holders).toEqual([]);
  });
});

describe("a cluster's token", () => {
  const lab = new Lab();
  let token: string;
  let printed: string;

  beforeAll(async () => {
    const started = await lab.ray(['start', '--head', '--port', '0', '--num-cpus', '1']);
    printed = started.stdout;
    token = /RAY_TS_TOKEN=(\S+) ray-ts start --address=127/.exec(printed)?.[1] ?? '';
    const driver = lab.drive('keep-calling');
    await driver.line('total');
    driver.child.kill('SIGTERM');
    await driver.exited;
    await lab.ray(['status', '--address', /--address=(\S+)/.exec(printed)![1]!], { RAY_TS_TOKEN: 'wrong' });
  });
  afterAll(() => lab.close());

  it('is printed once, where a new node takes it from its environment', () => {
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(printed.split(token)).toHaveLength(2);
  });

  it('is in the arguments of no process', () => {
    const commands = lab.processes().map(({ command }) => command);
    expect(commands.length).toBeGreaterThanOrEqual(2);
    expect(commands.filter((command) => command.includes(token))).toEqual([]);
  });

  it('is in no file but the one that programs of this user read, and that nobody else can', () => {
    const holders = filesBelow(lab.directory).filter((path) => readFileSync(path, 'latin1').includes(token));
    expect(holders).toEqual([expect.stringMatching(/\/session-[^/]+\/cluster\.json$/)]);
    const modes = [holders[0]!, join(holders[0]!, '..')].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o600, 0o700]);
  });

  it('is in nothing that status says', async () => {
    for (const flags of [[], ['--json'], ['--verbose']]) {
      const { code, stdout, stderr } = await lab.ray(['status', ...flags]);
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain(token);
    }
  });

  it('is asked for at addresses of the node only: nothing listens at all of them', () => {
    const hosts = listeningAddresses(lab.processes().map(({ pid }) => pid)).map(({ host }) => host);
    expect(new Set(hosts)).toEqual(new Set(['127.0.0.1']));
  });
});

describe('a token that the user chooses', () => {
  const lab = new Lab();
  afterAll(() => lab.close());

  it('is refused when it is short, and never repeated', async () => {
    const { code, stderr } = await lab.ray(['start', '--head', '--port', '0'], { RAY_TS_TOKEN: 'too-short' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: The cluster token must have at least 16 characters/);
    expect(stderr).not.toContain('too-short');
  });

  it('is refused when no connection can carry it', async () => {
    const { code, stderr } = await lab.ray(['start', '--head', '--port', '0'], { RAY_TS_TOKEN: 'sixteen or more ü' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: The cluster token may hold visible ASCII characters only/);
  });

  it('may stand in a file, and is not printed', async () => {
    const token = 'a-token-of-my-own-choice';
    const path = join(lab.directory, 'token');
    writeFileSync(path, `${token}\n`, { mode: 0o600 });
    const { code, stdout } = await lab.ray(['start', '--head', '--port', '0', '--num-cpus', '1', '--token-file', path]);
    expect(code).toBe(0);
    expect(stdout).not.toContain(token);
    expect((await lab.status()).nodes).toHaveLength(1);
  });
});
