import { ActorDiedError, TaskError } from '../../../../../src/core/index.js';
import { type ActorDeath, type ActorUpdate, toErrorDetail } from '../../../../../src/rpc/index.js';
import { actorDiedError } from '../../../../../src/runtime/calls/actor-died-error.js';

const dead: ActorUpdate = { actorId: 'a1', state: 'ACTOR_LIFE_STATE_DEAD', numRestarts: 0, pendingReason: '' };

const death = (change: Partial<ActorDeath>): ActorUpdate => ({
  ...dead,
  death: {
    kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED',
    message: 'Its process was ended by SIGKILL.',
    exitCode: -1,
    signal: 'SIGKILL',
    hostname: 'host-a',
    pid: 42,
    stderrTail: [],
    ...change,
  },
});

describe('actorDiedError', () => {
  it('says who died, how, where, and that the call may have run', () => {
    const error = actorDiedError('Counter', death({}), { method: 'add', mayHaveRun: true });
    expect(error).toBeInstanceOf(ActorDiedError);
    expect(error.message).toBe(
      'The actor Counter (a1) died. Its process was ended by SIGKILL. Host host-a, pid 42. The call add may have run.',
    );
    expect(error.details).toEqual({
      actorId: 'a1',
      kind: 'PROCESS_EXITED',
      hostname: 'host-a',
      pid: 42,
      exitCode: -1,
      signal: 'SIGKILL',
      stderrTail: '',
      mayHaveRun: true,
    });
  });

  it('says that a call that never left did not run, and nothing of a call where there is none', () => {
    expect(actorDiedError('C', death({}), { method: 'add', mayHaveRun: false }).message).toMatch(/add did not run\.$/);
    expect(actorDiedError('C', death({}), { method: '', mayHaveRun: false }).message).not.toMatch(/call/);
  });

  it('ends with the last lines of the log', () => {
    const error = actorDiedError('C', death({ stderrTail: ['one', 'two'] }), { method: '', mayHaveRun: false });
    expect(error.message).toMatch(/\nThe last lines of its log:\n {2}one\n {2}two$/);
    expect(error.details['stderrTail']).toBe('one\ntwo');
  });

  it("has the constructor's error for its cause", () => {
    const detail = toErrorDetail(new RangeError('too large'));
    const update = death({ kind: 'ACTOR_DEATH_KIND_CONSTRUCTOR_FAILED', error: detail });
    const error = actorDiedError('C', update, { method: '', mayHaveRun: false });
    expect(error.cause).toBeInstanceOf(TaskError);
    expect(error.cause).toMatchObject({ message: 'RangeError: too large' });
  });

  it('knows where the actor was from its address when the death does not say', () => {
    const address = { nodeId: 'n', hostname: 'host-b', pid: 7, rpcAddress: 'host-b:1', workerId: 'w', gpuIds: [] };
    const update = { ...death({ hostname: '', pid: 0, message: 'Its node died: it vanished.' }), address };
    expect(actorDiedError('C', update, { method: '', mayHaveRun: false }).message).toMatch(/Host host-b, pid 7\.$/);
  });

  it('can be told without any report', () => {
    const error = actorDiedError('C', dead, { method: '', mayHaveRun: false });
    expect(error.message).toBe('The actor C (a1) died.');
    expect(error.details).toMatchObject({ kind: 'PROCESS_EXITED', signal: '', pid: 0 });
  });
});
