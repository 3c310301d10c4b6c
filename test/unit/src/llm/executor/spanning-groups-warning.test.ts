import { warnOfSpanningGroups } from '../../../../../src/llm/executor/spanning-groups-warning.js';

const ranksOn = (...hostnames: string[]) => hostnames.map((hostname) => ({ hostname, hostId: `id of ${hostname}` }));

describe('the warning of tensor-parallel groups over hosts', () => {
  it('is not given when every stage has its ranks on one host', () => {
    expect(warnOfSpanningGroups(ranksOn('ada', 'ada', 'bob', 'bob'), 2)).toEqual([]);
  });

  it('names the stages, their hosts and what to change, with a table of all ranks', () => {
    const [sentence, ...table] = warnOfSpanningGroups(ranksOn('ada', 'ada', 'ada', 'bobby'), 2);
    expect(sentence).toContain('(stage 1 over ada, bobby)');
    expect(sentence).toContain('pipelineParallelSize');
    expect(table).toEqual([
      'rank  stage  tensor rank  host',
      '0     0      0            ada',
      '1     0      1            ada',
      '2     1      0            ada',
      '3     1      1            bobby',
    ]);
  });
});
