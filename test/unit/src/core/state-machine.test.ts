import { InternalError, type Transitions, transition } from '../../../../src/core/index.js';

type Door = 'OPEN' | 'CLOSED' | 'LOCKED';

const transitions: Transitions<Door> = { OPEN: ['CLOSED'], CLOSED: ['OPEN', 'LOCKED'], LOCKED: ['CLOSED'] };

describe('transition', () => {
  it('returns the next state when the table allows it', () => {
    expect(transition(transitions, 'Door', 'front', 'CLOSED', 'LOCKED')).toBe('LOCKED');
  });

  it('names machine, subject and both states when it does not', () => {
    expect(() => transition(transitions, 'Door', 'front', 'OPEN', 'LOCKED')).toThrow(
      new InternalError("Door front can't go from OPEN to LOCKED."),
    );
  });

  it('does not take staying for a transition', () => {
    expect(() => transition(transitions, 'Door', 'front', 'OPEN', 'OPEN')).toThrow(InternalError);
  });
});
