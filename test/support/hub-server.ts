import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** What the hub or its file server does with a request instead of answering it; false leaves it to them. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface SeenRequest {
  readonly server: 'hub' | 'files';
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

interface StoredFile {
  readonly name: string;
  readonly content: Buffer;
  readonly gitOid: string;
  readonly sha256: string;
  /** Large files are kept by another server, as the real hub's are. */
  readonly isLfs: boolean;
}

function storedFile(name: string, content: Buffer): StoredFile {
  const sha1 = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { name, content, gitOid: sha1, sha256, isLfs: name.endsWith('.safetensors') };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A repository on a hub: the API, redirects of large files to a second server, and its headers. */
export class HubServer {
  readonly seen: SeenRequest[] = [];
  /** Names of the only commit. */
  readonly revisions = new Set(['main', COMMIT]);
  fault: Fault = () => false;
  fileFault: Fault = () => false;
  endpoint = '';
  readonly #repoId: string;
  readonly #files = new Map<string, StoredFile>();
  readonly #hub = createServer((request, response) => this.#answerHub(request, response));
  readonly #fileServer = createServer((request, response) => this.#answerFiles(request, response));
  #filesEndpoint = '';

  private constructor(repoId: string, files: Readonly<Record<string, Buffer>>) {
    this.#repoId = repoId;
    for (const [name, content] of Object.entries(files)) this.#files.set(name, storedFile(name, content));
  }

  static async start(repoId: string, files: Readonly<Record<string, Buffer>>): Promise<HubServer> {
    const server = new HubServer(repoId, files);
    server.endpoint = await listen(server.#hub);
    server.#filesEndpoint = await listen(server.#fileServer);
    return server;
  }

  etagOf(name: string): string {
    const file = this.#files.get(name)!;
    return file.isLfs ? file.sha256 : file.gitOid;
  }

  async close(): Promise<void> {
    for (const server of [this.#hub, this.#fileServer]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #note(server: SeenRequest['server'], { method = '', url = '', headers }: IncomingMessage): void {
    this.seen.push({ server, method, url, authorization: headers.authorization, range: headers.range });
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    this.#note('hub', request);
    if (this.fault(request, response)) return;
    const { pathname } = new URL(request.url!, this.endpoint);
    const api = `/api/models/${this.#repoId}/`;
    const resolved = /\/resolve\/[^/]+\/(.+)$/.exec(pathname);
    const file = pathname.startsWith(`/${this.#repoId}/`) && this.#files.get(decodeURIComponent(resolved?.[1] ?? ''));
    if (pathname.startsWith(`${api}revision/`)) this.#answerInfo(pathname.slice(api.length + 9), response);
    else if (pathname.startsWith(`${api}tree/`)) sendJson(response, this.#tree());
    else if (file) this.#answerResolve(file, request, response);
    else refuse(response, 404, resolved ? 'EntryNotFound' : 'RepoNotFound');
  }

  #answerInfo(revision: string, response: ServerResponse): void {
    if (!this.revisions.has(decodeURIComponent(revision))) {
      refuse(response, 404, 'RevisionNotFound');
      return;
    }
    const siblings = [...this.#files.values()].map(({ name, content, gitOid, sha256, isLfs }) => ({
      rfilename: name,
      size: content.length,
      blobId: gitOid,
      ...(isLfs ? { lfs: { sha256, size: content.length, pointerSize: 134 } } : {}),
    }));
    sendJson(response, { id: this.#repoId, modelId: this.#repoId, sha: COMMIT, private: false, tags: [], siblings });
  }

  #tree(): object[] {
    return [...this.#files.values()].map(({ name, content, gitOid, sha256, isLfs }) => ({
      type: 'file',
      path: name,
      size: content.length,
      oid: gitOid,
      ...(isLfs ? { lfs: { oid: sha256, size: content.length, pointerSize: 134 } } : {}),
    }));
  }

  #answerResolve(file: StoredFile, request: IncomingMessage, response: ServerResponse): void {
    const etag = `"${file.isLfs ? file.sha256 : file.gitOid}"`;
    response.setHeader('x-repo-commit', COMMIT);
    if (!file.isLfs) {
      response.setHeader('etag', etag);
      sendContent(file.content, request, response);
      return;
    }
    response.writeHead(302, {
      location: `${this.#filesEndpoint}/${file.sha256}?signature=1`,
      'x-linked-etag': etag,
      'x-linked-size': String(file.content.length),
      etag: `"${file.gitOid}"`,
    });
    response.end();
  }

  #answerFiles(request: IncomingMessage, response: ServerResponse): void {
    this.#note('files', request);
    if (this.fileFault(request, response)) return;
    const sha256 = new URL(request.url!, this.#filesEndpoint).pathname.slice(1);
    const file = [...this.#files.values()].find((candidate) => candidate.sha256 === sha256);
    if (file === undefined) {
      refuse(response, 403, 'ExpiredSignature');
      return;
    }
    response.setHeader('etag', `"${sha256}"`);
    sendContent(file.content, request, response);
  }
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json', 'x-repo-commit': COMMIT });
  response.end(JSON.stringify(value));
}

/** As the hub refuses. */
export function refuse(response: ServerResponse, status: number, errorCode: string): void {
  response.writeHead(status, { 'x-error-code': errorCode, 'x-error-message': errorCode });
  response.end();
}

/** The content or the range of it that is asked for. */
export function sendContent(content: Buffer, { method, headers }: IncomingMessage, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = range?.[2] ? Math.min(Number(range[2]) + 1, content.length) : content.length;
  if (range && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` });
    response.end();
    return;
  }
  const partial = range ? { 'content-range': `bytes ${start}-${end - 1}/${content.length}` } : {};
  response.writeHead(range ? 206 : 200, { 'content-length': end - start, 'accept-ranges': 'bytes', ...partial });
  response.end(method === 'HEAD' ? undefined : content.subarray(start, end));
}
