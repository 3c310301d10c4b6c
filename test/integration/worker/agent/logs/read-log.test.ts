import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ActorUnavailableError, InvalidArgumentError } from '../../../../../src/core/index.js';
import { type ReadLogRequest, type ReadLogResponse, RpcClient, RpcServer } from '../../../../../src/rpc/index.js';
import { readLog } from '../../../../../worker/agent/logs/read-log.js';
import { eventually } from '../../../../support/lab.js';

const credentials = { token: 't' };

describe('ReadLog', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ray-ts-read-log-'));
  const folder = join(directory, 'logs');
  const server = new RpcServer(credentials);
  let client: RpcClient<'AgentService'>;

  beforeAll(async () => {
    mkdirSync(join(folder, 'sub'), { recursive: true });
    writeFileSync(join(directory, 'secret'), 'the token');
    symlinkSync('../secret', join(folder, 'link'));
    writeFileSync(join(folder, 'b.log'), 'x');
    server.addService('AgentService', { readLog: (stream) => readLog(stream, folder) });
    const address = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
    const unavailable = (message: string, cause: unknown) => new ActorUnavailableError(message, { cause });
    client = new RpcClient('AgentService', { address, credentials, peer: 'The agent', unavailable });
  });
  beforeEach(() => writeFileSync(join(folder, 'a.log'), 'one\ntwo\n\nfour\n'));
  afterAll(() => {
    client.close();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Asks; `responses` fills up until the stream ends. */
  function ask(request: Partial<ReadLogRequest>) {
    const responses: ReadLogResponse[] = [];
    const stream = client.stream('readLog');
    stream.receive((response) => responses.push(response));
    const ended = new Promise<void>((resolve, reject) => stream.onEnd((end) => (end ? reject(end) : resolve())));
    void stream.send({ tail: -1, ...request });
    return { responses, stream, ended, lines: () => responses.flatMap(({ lines }) => lines) };
  }

  it('lists the log files of the node, and nothing else', async () => {
    const { responses, ended } = ask({});
    await ended;
    expect(responses[0]!.fileNames).toEqual(['a.log', 'b.log']);
  });

  it.each([
    [-1, ['one', 'two', '', 'four']],
    [2, ['', 'four']],
    [0, []],
    [99, ['one', 'two', '', 'four']],
  ])('reads a file, the last %i lines', async (tail, expected) => {
    const { lines, ended } = ask({ fileName: 'a.log', tail });
    await ended;
    expect(lines()).toEqual(expected);
  });

  it('counts a line that is being written as the last', async () => {
    appendFileSync(join(folder, 'a.log'), 'fi');
    const { lines, ended } = ask({ fileName: 'a.log', tail: 2 });
    await ended;
    expect(lines()).toEqual(['four', 'fi']);
  });

  it('finds the end of a file of many pieces', async () => {
    const all = Array.from({ length: 50_000 }, (_, n) => `line ${n} ${'x'.repeat(20)}`);
    writeFileSync(join(folder, 'a.log'), `${all.join('\n')}\n`);
    const { lines, ended } = ask({ fileName: 'a.log', tail: 20_000 });
    await ended;
    expect(lines()).toEqual(all.slice(-20_000));
  });

  it('follows a file, also when it is emptied', async () => {
    const { lines, stream } = ask({ fileName: 'a.log', tail: 1, follow: true });
    await eventually('the tail comes', () => (lines().length === 1 ? true : undefined));
    appendFileSync(join(folder, 'a.log'), 'five\n');
    await eventually('the next line comes', () => (lines().at(-1) === 'five' ? true : undefined));
    writeFileSync(join(folder, 'a.log'), 'new\n');
    await eventually('the new file comes', () => (lines().at(-1) === 'new' ? true : undefined));
    expect(lines()).toEqual(['four', 'five', 'new']);
    stream.close();
  });

  it('ends the following with what is there when it is told to', async () => {
    const { lines, stream, ended } = ask({ fileName: 'a.log', tail: 1, follow: true });
    await eventually('the tail comes', () => (lines().length === 1 ? true : undefined));
    appendFileSync(join(folder, 'a.log'), 'five\nsix');
    void stream.send({ follow: false });
    await ended;
    expect(lines()).toEqual(['four', 'five', 'six']);
  });

  it.each(['../secret', 'link', 'sub', '/etc/passwd', 'sub/../a.log', 'c.log'])('reads no %s', async (fileName) => {
    const { responses, ended } = ask({ fileName });
    await expect(ended).rejects.toThrow(InvalidArgumentError);
    expect(responses).toEqual([]);
  });
});
