import { RankFailedError } from '../../../../../src/core/index.js';
import { fromErrorRecord, toErrorRecord } from '../../../../../src/llm/engine/error-record.js';

const roundTrip = (value: unknown) => fromErrorRecord(JSON.parse(JSON.stringify(toErrorRecord(value))));

describe('error record', () => {
  it('keeps class, message, details, stack and cause', () => {
    const cause = new TypeError('boom');
    const error = new RankFailedError('Rank 3 failed.', { cause, details: { rank: 3 } });
    const received = roundTrip(error);
    expect(received).toBeInstanceOf(RankFailedError);
    expect(received).toMatchObject({ message: 'Rank 3 failed.', details: { rank: 3 }, stack: error.stack });
    expect(received.cause).toMatchObject({ code: 'RAY_INTERNAL', message: 'boom' });
  });

  it('takes values that are no errors', () => {
    expect(roundTrip('out of memory')).toMatchObject({ code: 'RAY_INTERNAL', message: 'out of memory' });
  });
});
