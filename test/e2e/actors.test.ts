import { Lab } from '../support/lab.js';
import { actors } from './api/actors.js';

describe('a driver that starts its own cluster', () => {
  let lab: Lab;
  let printed: Readonly<Record<string, unknown>>;
  beforeAll(async () => {
    lab = new Lab();
    printed = await lab.drive('actors').printed();
  });
  afterAll(() => lab.close());

  actors.facts(() => printed, 1);

  it('leaves no process behind', () => {
    expect(lab.processes()).toEqual([]);
  });
});

describe('calls of actors that restart, are named, and are passed on', () => {
  let lab: Lab;
  let printed: Record<string, unknown>;
  beforeAll(async () => {
    lab = new Lab();
    const driver = lab.drive('actor-calls');
    const exitCode = await driver.exited;
    if (exitCode !== 0) throw new Error(driver.stderr);
    printed = Object.assign({}, ...driver.lines);
  }, 120_000);
  afterAll(() => lab.close());

  it('runs a call again in the next process if it may, and those behind it after it', () => {
    expect(printed['retried']).toEqual({ tries: 2, behind: 1 });
    expect(printed['restarted']).toBe(true);
  });
  it('runs no call twice that may not, says that it may have run, and serves later ones', () => {
    expect(printed['notRetried']).toMatchObject({ code: 'RAY_ACTOR_UNAVAILABLE', details: { mayHaveRun: true } });
    expect(printed).toMatchObject({ afterRestart: 1, lostTries: 1 });
  });
  it('runs a call again for an error that is retried', () => {
    expect(printed['retriedError']).toBe(3);
  });
  it('starts an actor again that was killed with leave to restart', () => {
    expect(printed['killedAndRestarted']).toBe(true);
  });
  it('starts no actor again that ended itself', () => {
    expect(printed['left']).toMatchObject({ code: 'RAY_ACTOR_DIED', message: expect.stringContaining('exitActor') });
    expect(printed['leftOnce']).toBe(1);
  });
  it('passes handles to actors and tasks, and back', () => {
    expect(printed).toMatchObject({ handleToActor: 1, handleToTask: 2, handleBack: 'by a user' });
  });
  it('passes refs through actors and back', () => {
    expect(printed).toMatchObject({ refThroughActors: 500_000, refBack: 500_000 });
  });
  it('finds the actor of a name, and gives it in place of a second one where that is wished', () => {
    expect(printed['named']).toEqual(['named', 'named']);
    expect(printed['nameTaken']).toMatchObject({ message: expect.stringContaining('already taken') });
    expect(printed['unknownName']).toMatchObject({ code: 'RAY_INVALID_ARGUMENT' });
  });
  it('runs the calls of a concurrency group beside those of others', () => {
    expect(printed['otherGroup']).toBe('quick');
  });
  it('takes no more calls than may be pending', () => {
    expect(printed['tooMany']).toMatchObject({ code: 'RAY_PENDING_CALLS_LIMIT', details: { mayHaveRun: false } });
  });
  it('cancels a call that waits, and tells one that runs', () => {
    expect(printed['cancelQueued']).toMatchObject({ code: 'RAY_TASK_CANCELLED', details: { mayHaveRun: false } });
    expect(printed['cancelRunning']).toMatchObject({ code: 'RAY_TASK_CANCELLED', details: { mayHaveRun: true } });
    expect(printed['queuedBegun']).toBe(0);
    expect(printed['forced']).toMatchObject({ code: 'RAY_INVALID_ARGUMENT' });
  });
  it('fails a call that waits for a ref when its actor dies', () => {
    expect(printed['stuckBehindRef']).toMatchObject({ code: 'RAY_ACTOR_DIED', details: { mayHaveRun: false } });
  });
  it('ends an actor whose last handle is gone', () => {
    expect(printed['outOfScope']).toEqual({ alive: false });
  });
});
