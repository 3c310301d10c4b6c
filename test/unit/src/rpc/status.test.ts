import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import {
  ActorDiedError,
  DeadlineExceededError,
  HeadUnavailableError,
  InternalError,
  InvalidArgumentError,
  PlacementGroupRemovedError,
  type RayError,
  TaskError,
  UnauthenticatedError,
} from '../../../../src/core/index.js';
import { fromStatus, toStatus } from '../../../../src/rpc/status.js';

const MAX_TRAILERS = 64 * 1024;

const unavailable = (message: string, cause: unknown): RayError => new HeadUnavailableError(message, { cause });
const receive = (value: unknown): RayError => fromStatus(value, 'The head at h:1', unavailable);

/** A status as grpc-js hands it to a client. */
const failure = (code: status, details: string, metadata = new Metadata()): Error & StatusObject =>
  Object.assign(new Error(`${code}: ${details}`), { code, details, metadata });

/** What a client gets of the status of a handler that threw. */
const answered = ({ code, details, metadata }: StatusObject): RayError => receive(failure(code, details, metadata));

function trailerBytes({ details, metadata }: StatusObject): number {
  const headers = { 'grpc-message': encodeURI(details), ...metadata.toHttp2Headers() };
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
}

describe('status of a failed call', () => {
  it('carries an error of ray-ts whole', () => {
    const error = new ActorDiedError('the actor died', {
      details: { pid: 42, signal: 'SIGKILL' },
      cause: new InvalidArgumentError('why'),
    });
    const copy = answered(toStatus(error));
    expect(copy).toBeInstanceOf(ActorDiedError);
    expect(copy).toMatchObject({ message: 'the actor died', details: { pid: 42, signal: 'SIGKILL' } });
    expect(copy.cause).toMatchObject({ code: 'RAY_INVALID_ARGUMENT', message: 'why' });
  });

  it('has the gRPC code that proxies and people expect', () => {
    expect(toStatus(new InvalidArgumentError('x')).code).toBe(status.INVALID_ARGUMENT);
    expect(toStatus(new UnauthenticatedError('x')).code).toBe(status.UNAUTHENTICATED);
    expect(toStatus(new PlacementGroupRemovedError('x')).code).toBe(status.NOT_FOUND);
    expect(toStatus(new TypeError('x')).code).toBe(status.FAILED_PRECONDITION);
  });

  it.each([
    ['ascii', 'x'.repeat(200_000)],
    ['three bytes a letter', '字'.repeat(100_000)],
    ['surrogate pairs', `a${'😀'.repeat(50_000)}`],
    ['half a surrogate pair', '\ud83d alone'],
  ])('fits the trailers and can be encoded when the message is %s', (_what, message) => {
    const answer = toStatus(new TaskError(message));
    expect(trailerBytes(answer)).toBeLessThan(MAX_TRAILERS);
    const copy = answered(answer);
    expect(copy).toBeInstanceOf(TaskError);
    expect(copy.message.slice(0, 1)).toBe(message.slice(0, 1).replace('\ud83d', '\ufffd'));
  });

  it('gives up details and causes that are too large, and keeps code and message', () => {
    const copy = answered(toStatus(new ActorDiedError('died', { details: { stderrTail: 'e'.repeat(100_000) } })));
    expect(copy).toBeInstanceOf(ActorDiedError);
    expect(copy).toMatchObject({ message: 'died', details: {} });
  });
});

describe('error of a call that the peer did not answer', () => {
  it('is the given unavailable error when the peer is gone', () => {
    const cause = failure(status.UNAVAILABLE, 'connection refused');
    expect(receive(cause)).toMatchObject({
      code: 'RAY_HEAD_UNAVAILABLE',
      message: "The head at h:1 can't be reached: connection refused.",
      cause,
    });
    expect(receive(failure(status.CANCELLED, 'cancelled'))).toBeInstanceOf(HeadUnavailableError);
  });

  it('says that a call past its deadline may have run', () => {
    const error = receive(failure(status.DEADLINE_EXCEEDED, 'after 1 s'));
    expect(error).toBeInstanceOf(DeadlineExceededError);
    expect(error.message).toMatch(/did not answer in time.*may have run/);
  });

  it('takes any other status, and any other error, for an internal one', () => {
    expect(receive(failure(status.UNIMPLEMENTED, 'no such method'))).toMatchObject({
      code: 'RAY_INTERNAL',
      message: 'Call to The head at h:1 failed: no such method',
    });
    expect(receive(new TypeError('odd'))).toBeInstanceOf(InternalError);
  });

  it('reads the status when the typed detail is damaged', () => {
    const metadata = new Metadata();
    metadata.set('rayts-error-bin', Buffer.from([0xff, 0xff, 0xff]));
    expect(receive(failure(status.UNAUTHENTICATED, 'no token', metadata))).toBeInstanceOf(UnauthenticatedError);
  });

  it('is the error itself when it is one of ray-ts', () => {
    const error = new TaskError('mine');
    expect(receive(error)).toBe(error);
  });
});
