import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { FollowedCommand } from '../support/followed-command.js';
import { COMMIT, HubServer } from '../support/hub-server.js';
import { Lab } from '../support/lab.js';

const REPO = 'some-org/storyteller';
const STORYTELLER = join(__dirname, '../../models/storyteller');
const WEIGHTS = readFileSync(join(STORYTELLER, 'model.safetensors'));
const CLI = join(__dirname, '../../bin/ray-ts.js');

const FILES = Object.fromEntries(
  readdirSync(STORYTELLER)
    .filter((name) => /\.(json|jinja|safetensors|md)$/.test(name))
    .map((name) => [name, readFileSync(join(STORYTELLER, name))]),
);

const generateArgs = (model: string, ...flags: string[]): string[] => [
  ...['generate', '--model', model, '--prompt', 'Once there was', '--temperature', '0', '--max-tokens', '12'],
  ...flags,
];

describe('a model from a hub', () => {
  let lab: Lab;
  let server: HubServer;
  let folder: string;
  let expected: string;
  beforeAll(async () => {
    lab = new Lab();
    expected = (await lab.ray(generateArgs(STORYTELLER))).stdout;
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-hub-'));
    server = await HubServer.start(REPO, FILES);
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
    expect(lab.processes()).toEqual([]);
  });
  afterAll(() => lab.close());

  const variables = (cache = join(folder, 'cache')) => ({
    HF_ENDPOINT: server.endpoint,
    HF_HOME: join(folder, 'home'),
    HF_HUB_CACHE: cache,
  });
  const fileRequests = () => server.seen.filter((request) => request.server === 'files');

  it('answers as the local folder does, and goes on without the hub', async () => {
    const first = await lab.ray(generateArgs(REPO), variables());
    expect(first).toMatchObject({ code: 0, stdout: expected });
    expect(first.stderr).toContain(`Downloading ${REPO}`);

    await server.close();
    const second = await lab.ray(generateArgs(REPO), { ...variables(), HF_HUB_OFFLINE: '1' });
    expect(second).toMatchObject({ code: 0, stdout: expected });
    expect(fileRequests()).toHaveLength(1);
  });

  describe('while its weights come', () => {
    const half = 4_000_000;

    /** A command that has half of the weights, and gets no more. */
    async function startedDownload(): Promise<FollowedCommand> {
      server.fileFault = (_, response) => {
        if (fileRequests().length > 1) return false;
        response.writeHead(200, { 'content-length': WEIGHTS.length });
        response.write(WEIGHTS.subarray(0, half));
        return true;
      };
      const blobs = join(folder, 'cache/models--some-org--storyteller/blobs');
      const incomplete = join(blobs, `${server.etagOf('model.safetensors')}.incomplete`);
      const command = new FollowedCommand(lab.spawn([process.execPath, CLI, ...generateArgs(REPO)], variables()));
      await eventually('half of the weights are there', () => {
        return (existsSync(incomplete) && statSync(incomplete).size === half) || undefined;
      });
      return command;
    }

    it.each(['SIGKILL', 'SIGINT'] as const)('may be ended by %s, and goes on when it is run again', async (signal) => {
      const ended = await startedDownload();
      ended.child.kill(signal);
      await ended.exited;
      const again = await lab.ray(generateArgs(REPO), variables());
      expect(again).toMatchObject({ code: 0, stdout: expected });
      expect(fileRequests().map(({ range }) => range)).toEqual([undefined, `bytes=${half}-${WEIGHTS.length - 1}`]);
    });

    it('says after Ctrl-C how to go on', async () => {
      const ended = await startedDownload();
      ended.child.kill('SIGINT');
      expect(await ended.exited).toBe(130);
      expect(ended.stderr).toMatch(/What has come of some-org\/storyteller is kept: run it again to go on\.\n$/);
    });
  });

  it('is fetched at --revision, into --download-dir', async () => {
    server.revisions.add('v1');
    const downloadDir = join(folder, 'elsewhere');
    const flags = ['--revision', 'v1', '--download-dir', downloadDir];
    expect(await lab.ray(generateArgs(REPO, ...flags), variables())).toMatchObject({ code: 0, stdout: expected });
    expect(readFileSync(join(downloadDir, 'models--some-org--storyteller/refs/v1'), 'utf8')).toBe(COMMIT);
    expect(existsSync(join(folder, 'cache'))).toBe(false);

    const unknown = await lab.ray(generateArgs(REPO, '--revision', 'v2'), variables());
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/^Error: The model some-org\/storyteller \(revision v2\) was not found: /m);
  });

  it('is fetched by a program with revision and downloadDir', async () => {
    server.revisions.add('v1');
    const downloadDir = join(folder, 'elsewhere');
    const args = { model: REPO, revision: 'v1', downloadDir, distributedExecutorBackend: 'uni' };
    const driver = lab.drive('generate', [JSON.stringify(args), '4'], variables());
    const { outputs } = await driver.printed();
    expect(outputs).not.toEqual([]);
    expect(existsSync(join(downloadDir, 'models--some-org--storyteller/refs/v1'))).toBe(true);
  });

  it('is fetched once by the ranks of a node that does not see the cache of the driver', async () => {
    const nodeCache = join(folder, 'node');
    const driverFolder = join(folder, 'driver');
    mkdirSync(driverFolder);
    await lab.startHead(['--num-cpus', '2'], variables(nodeCache));
    // Every process has another folder by this name.
    const driverVariables = variables('/proc/self/cwd/cache');
    const flags = ['-tp', '2', '--distributed-executor-backend', 'ray', '--cpus-per-worker', '1'];
    const command = ['env', '-C', driverFolder, process.execPath, CLI, ...generateArgs(REPO, ...flags)];
    expect(await lab.run(command, driverVariables)).toMatchObject({ code: 0, stdout: expected });
    const weights = join('models--some-org--storyteller/snapshots', COMMIT, 'model.safetensors');
    expect(existsSync(join(driverFolder, 'cache', weights))).toBe(true);
    expect(readFileSync(join(nodeCache, weights)).equals(WEIGHTS)).toBe(true);
    expect(existsSync(join(nodeCache, 'models--some-org--storyteller/snapshots', COMMIT, 'config.json'))).toBe(false);
    expect(fileRequests()).toHaveLength(2);
    await lab.ray(['stop']);
  });
});
