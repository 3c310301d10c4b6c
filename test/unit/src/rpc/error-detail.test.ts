import {
  ActorDiedError,
  createRayError,
  InvalidArgumentError,
  type RayError,
  rayErrorCodes,
  TaskError,
} from '../../../../src/core/index.js';
import { fromErrorDetail, toErrorDetail } from '../../../../src/rpc/index.js';

const roundTrip = (error: unknown): RayError => fromErrorDetail(toErrorDetail(error));

describe('error detail', () => {
  it.each(rayErrorCodes)('gives back an error with code %s as its class', (code) => {
    const error = createRayError(code, 'what happened', {
      details: { pid: 7, host: 'a', isHead: false, nothing: null },
    });
    const copy = roundTrip(error);
    expect(copy).toBeInstanceOf(error.constructor);
    expect(copy).toMatchObject({ code, message: error.message, details: error.details, retryable: error.retryable });
  });

  it('keeps the causes', () => {
    const root = new InvalidArgumentError('the root');
    const copy = roundTrip(new ActorDiedError('the effect', { cause: root }));
    expect(copy.cause).toBeInstanceOf(InvalidArgumentError);
    expect(copy.cause).toMatchObject({ message: 'the root' });
    expect((copy.cause as Error).cause).toBeUndefined();
  });

  it('ends with a chain of causes that never ends', () => {
    const error = new TypeError('itself');
    error.cause = error;
    let depth = 0;
    for (let cause: unknown = roundTrip(error); cause instanceof Error; cause = cause.cause) depth += 1;
    expect(depth).toBe(9);
  });

  it('turns a foreign error into a TaskError with its name, message and stack as text', () => {
    const error = new RangeError('too far', { cause: new TypeError('bad token') });
    const copy = roundTrip(error);
    expect(copy).toBeInstanceOf(TaskError);
    expect(copy.message).toBe('RangeError: too far');
    expect(copy.details).toEqual({
      remoteName: 'RangeError',
      remoteMessage: 'too far',
      remoteStack: error.stack,
      remoteClasses: 'RangeError Error',
    });
    expect(copy.cause).toMatchObject({ message: 'TypeError: bad token' });
  });

  it('describes whatever else was thrown', () => {
    expect(roundTrip('just text').details).toMatchObject({ remoteMessage: 'just text' });
    expect(roundTrip(undefined).details).toMatchObject({ remoteMessage: 'undefined' });
    expect(roundTrip(Object.create(null)).details).toMatchObject({ remoteMessage: '[object Object]' });
  });

  it('keeps the message when the details can not be read', () => {
    const error = fromErrorDetail({ code: 'RAY_ACTOR_DIED', message: 'gone', detailsJson: '{"pid":' });
    expect(error).toMatchObject({ message: 'gone', details: { unreadableDetails: '{"pid":' } });
    expect(fromErrorDetail({ code: 'RAY_ACTOR_DIED', message: 'gone', detailsJson: '[1]' }).details).toEqual({
      unreadableDetails: '[1]',
    });
  });

  it('takes a code that it does not know for an internal error', () => {
    expect(fromErrorDetail({ code: 'RAY_OF_THE_FUTURE', message: 'new', detailsJson: '' })).toMatchObject({
      code: 'RAY_INTERNAL',
      message: 'new',
      details: {},
    });
  });
});
