import type { ApiSuite } from './api-suite.js';

export const actors: ApiSuite = {
  name: 'actors and placement groups of a driver',
  driver: 'actors',
  facts: (printed) => {
    it('runs the calls of one caller in order, one after the other', () => {
      expect(printed()['order']).toEqual({ sums: [11, 12], rest: 0 });
    });
    it('passes the value of a ref that is given as an argument', () => {
      expect(printed()['refArgument']).toBe(23);
    });
    it('carries typed arrays', () => {
      expect(printed()['typedArray']).toBe(6.5);
    });
    it('lives in a process of its own', () => {
      expect(printed()['otherProcess']).toBe(true);
    });
    it('rejects with what the method threw, by name, message and remote stack', () => {
      expect(printed()['taskError']).toMatchObject({
        code: 'RAY_TASK_ERROR',
        message: 'TypeError: no such thing',
        details: { remoteName: 'TypeError', remoteStack: expect.stringContaining('actors.ts') },
      });
    });
    it('stops waiting after the timeout of get', () => {
      expect(printed()['getTimeout']).toMatchObject({ code: 'RAY_GET_TIMEOUT' });
    });
    it('says that a constructor threw, and what', () => {
      expect(printed()['constructorFails']).toMatchObject({
        code: 'RAY_ACTOR_DIED',
        message: expect.stringContaining("a counter can't start at -1"),
        details: { kind: 'CONSTRUCTOR_FAILED', mayHaveRun: false },
      });
    });
    it('says how an actor process ended, with its last words', () => {
      expect(printed()['crash']).toMatchObject({
        code: 'RAY_ACTOR_DIED',
        details: { exitCode: 7, signal: '', stderrTail: 'last words', mayHaveRun: true },
      });
      expect(printed()['afterCrash']).toMatchObject({ code: 'RAY_ACTOR_DIED', details: { mayHaveRun: false } });
    });
    it('fails the running call of an actor that is killed', () => {
      expect(printed()['killed']).toMatchObject({
        code: 'RAY_ACTOR_DIED',
        details: { kind: 'KILLED', signal: 'SIGKILL' },
      });
    });
    it('refuses an actor that no node can ever hold', () => {
      expect(printed()['unschedulable']).toMatchObject({
        code: 'RAY_ACTOR_UNSCHEDULABLE',
        message: expect.stringContaining('CPU: 1000'),
      });
    });
    it('refuses a placement group that can never fit, with a table of the nodes', () => {
      expect(printed()['infeasible']).toMatchObject({
        code: 'RAY_PLACEMENT_GROUP_INFEASIBLE',
        message: expect.stringMatching(/node +wanted +has +available +held by/),
      });
    });
    it('refuses a placement group without bundles', () => {
      expect(printed()['noBundles']).toMatchObject({ code: 'RAY_INVALID_ARGUMENT' });
    });
    it('gives actors of one bundle the same GPU, and of another bundle another', () => {
      const [first, second, third, fourth] = printed()['gpus'] as string[];
      expect([second, fourth]).toEqual([first, third]);
      expect(third).not.toBe(first);
    });
    it('tells a task or actor the group that it runs in', () => {
      expect(printed()['currentGroup']).toEqual({
        driver: true,
        actor: true,
        otherActor: 'none',
        task: true,
        otherTask: 'none',
      });
    });
    it('says why a group waits and who holds what it waits for, and places it when that is gone', () => {
      expect(printed()['waiting']).toMatchObject({ placed: false, reason: expect.stringContaining('held by') });
      expect(printed()['placedAfterRemoval']).toBe(true);
    });
    it('makes using a removed group an error', () => {
      expect(printed()['removedGroup']).toMatchObject({ code: 'RAY_PLACEMENT_GROUP_REMOVED' });
      expect(printed()['removedReady']).toMatchObject({ code: 'RAY_PLACEMENT_GROUP_REMOVED' });
    });
    it('refuses a second init', () => {
      expect(printed()['secondInit']).toMatchObject({ code: 'RAY_ILLEGAL_STATE' });
    });
  },
};
