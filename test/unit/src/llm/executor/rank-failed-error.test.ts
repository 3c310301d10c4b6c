import { ActorDiedError, InternalError, RankFailedError } from '../../../../../src/core/index.js';
import { rankFailedError } from '../../../../../src/llm/executor/rank-failed-error.js';

const identity = { rank: 3, stage: 1, tensorRank: 1, hostname: 'host-b', pid: 42 };
const actorDied = (details: Record<string, string | number>): ActorDiedError =>
  new ActorDiedError('The actor LLMWorker died.', { details });

describe('rankFailedError', () => {
  it('names the rank, where it ran, and the signal that ended it', () => {
    const cause = actorDied({ kind: 'PROCESS_EXITED', signal: 'SIGKILL', exitCode: -1, stderrTail: '' });
    const error = rankFailedError(identity, cause);
    expect(error).toBeInstanceOf(RankFailedError);
    expect(error.message).toBe('Rank 3 (stage 1, tensor rank 1; host host-b, pid 42) was ended by SIGKILL.');
    expect(error.details).toMatchObject({ rank: 3, hostname: 'host-b', pid: 42, signal: 'SIGKILL' });
    expect(error.cause).toBe(cause);
  });

  it('tells the exit code and the last lines of its log', () => {
    const facts = { kind: 'PROCESS_EXITED', signal: '', exitCode: 7, stderrTail: 'first\nlast' };
    expect(rankFailedError(identity, actorDied(facts)).message).toMatch(
      /ended with exit code 7\.\nThe last lines of its log:\n {2}first\n {2}last$/,
    );
  });

  it('tells the reason when no process ended by itself', () => {
    const cause = new ActorDiedError('Its node died: it vanished.', { details: { kind: 'NODE_DIED', exitCode: 0 } });
    expect(rankFailedError(identity, cause).message).toMatch(/pid 42\) failed: Its node died: it vanished\.$/);
  });

  it('tells what the step threw', () => {
    expect(rankFailedError(identity, new InternalError('Out of slots.')).message).toMatch(/failed: Out of slots\.$/);
    expect(rankFailedError(identity, new TypeError('odd')).message).toMatch(/failed: odd\.$/);
  });
});
