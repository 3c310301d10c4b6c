import {
  ActorDiedError,
  ActorUnavailableError,
  createRayError,
  InternalError,
  invariant,
  RayError,
  rayErrorCodes,
  toError,
} from '../../../../src/core/errors/index.js';

type ErrorsModule = typeof import('../../../../src/core/errors/index.js');

/** The module as a second copy of the package has it: equal classes that are not the same. */
function secondCopy(): ErrorsModule {
  let copy: ErrorsModule | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual<ErrorsModule>('../../../../src/core/errors/index.js');
  });
  return copy!;
}

describe('instanceof', () => {
  it('knows the class and its base', () => {
    const error = new ActorDiedError('It died.');
    expect(error instanceof ActorDiedError).toBe(true);
    expect(error instanceof RayError).toBe(true);
    expect(error instanceof Error).toBe(true);
  });

  it('tells one class from another', () => {
    expect(new ActorDiedError('It died.') instanceof ActorUnavailableError).toBe(false);
  });

  it.each([undefined, null, 'text', {}, new Error('plain')])('refuses %p', (value) => {
    expect((value as unknown) instanceof RayError).toBe(false);
  });

  describe('with two copies of the package', () => {
    const copy = secondCopy();
    const foreign = new copy.ActorDiedError('It died elsewhere.');

    it('knows the class of the other copy', () => {
      expect(copy.ActorDiedError).not.toBe(ActorDiedError);
      expect(foreign instanceof ActorDiedError).toBe(true);
      expect(foreign instanceof RayError).toBe(true);
    });

    it('tells the classes of the other copy apart', () => {
      expect(foreign instanceof ActorUnavailableError).toBe(false);
    });
  });
});

describe('createRayError', () => {
  it.each(rayErrorCodes)('makes the error of %s as it was thrown', (code) => {
    const cause = new Error('below');
    const error = createRayError(code, 'It happened.', { cause, details: { pid: 7 } });
    expect(error).toMatchObject({ code, message: 'It happened.', cause, details: { pid: 7 } });
    expect(error instanceof RayError).toBe(true);
  });

  it('gives every code a class of its own, named after it', () => {
    const names = rayErrorCodes.map((code) => createRayError(code, '').name);
    expect(new Set(names).size).toBe(rayErrorCodes.length);
  });

  it('makes an InternalError of a code that it does not know', () => {
    const error = createRayError('RAY_FROM_THE_FUTURE', 'Unheard of.');
    expect(error).toBeInstanceOf(InternalError);
    expect(error.message).toBe('Unheard of.');
  });

  it.each(['constructor', 'toString', '__proto__'])('takes %s for an unknown code, too', (code) => {
    expect(createRayError(code, 'From outside.')).toBeInstanceOf(InternalError);
  });
});

describe('RayError', () => {
  it('has no cause and no details unless given', () => {
    const error = new ActorDiedError('It died.');
    expect('cause' in error).toBe(false);
    expect(error.details).toEqual({});
  });

  it('keeps its brand out of what is printed and serialised', () => {
    expect(Object.keys(new ActorDiedError('It died.'))).toEqual(['code', 'retryable', 'details', 'name']);
  });
});

describe('toError', () => {
  it('leaves an error alone and prints anything else', () => {
    const error = new Error('as it is');
    expect(toError(error)).toBe(error);
    expect(toError(42).message).toBe('42');
    expect(toError(undefined).message).toBe('undefined');
  });
});

describe('invariant', () => {
  it('throws only when the condition is false', () => {
    expect(() => invariant(1, 'one is something')).not.toThrow();
    expect(() => invariant(0, 'zero is something')).toThrow(InternalError);
  });
});
