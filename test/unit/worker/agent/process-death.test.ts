import { ToldDeaths } from '../../../../worker/agent/process-death.js';

describe('ToldDeaths', () => {
  it('tells the last death of each subject, in the order in which they died', () => {
    const deaths = new ToldDeaths<string>();
    deaths.add('a', 'first of a');
    deaths.add('b', 'first of b');
    deaths.add('a', 'second of a');
    deaths.add('a', 'third of a');
    expect(deaths.list()).toEqual(['first of b', 'third of a']);
  });

  it('forgets the subject whose last death is the oldest when there are too many', () => {
    const deaths = new ToldDeaths<string>(2);
    deaths.add('a', 'first of a');
    deaths.add('b', 'first of b');
    deaths.add('a', 'second of a');
    deaths.add('c', 'first of c');
    expect(deaths.list()).toEqual(['second of a', 'first of c']);
  });
});
