import {
  parseBytes,
  parseInteger,
  parseLabels,
  parseNumber,
  parsePort,
  parseResources,
} from '../../../../src/cli/parse-values.js';

describe('values of flags', () => {
  it('are numbers', () => {
    expect(parseNumber('0.5')).toBe(0.5);
    expect(parseNumber('-1')).toBe(-1);
    for (const text of ['', ' ', 'x', '1x', 'Infinity', 'NaN'])
      expect(() => parseNumber(text)).toThrow(/must be a number/);
  });

  it('are whole numbers', () => {
    expect(parseInteger('8')).toBe(8);
    for (const text of ['1.5', '9007199254740993']) expect(() => parseInteger(text)).toThrow(/whole number/);
  });

  it('are ports', () => {
    expect([parsePort('0'), parsePort('65535')]).toEqual([0, 65_535]);
    for (const text of ['-1', '65536', '80.5'])
      expect(() => parsePort(text)).toThrow(/port from 0 to 65535|whole number/);
  });

  it('are resources', () => {
    expect(parseResources('{"disk": 2, "tpu": 0.5}')).toEqual({ disk: 2, tpu: 0.5 });
    for (const text of ['', '[1]', '{"disk": -1}', '{"disk": "2"}', '{"": 1}', '{disk: 2}']) {
      expect(() => parseResources(text)).toThrow(/JSON object of amounts/);
    }
  });

  it('are bytes', () => {
    expect(['0', '1500', '500MB', '1.5 GiB', '2kib'].map(parseBytes)).toEqual([0, 1_500, 5e8, 1.5 * 2 ** 30, 2_048]);
    for (const text of ['', '-1', 'GB', '1 XB', '1e3', '1GB2'])
      expect(() => parseBytes(text)).toThrow(/number of bytes/);
  });

  it('are labels', () => {
    expect(parseLabels('zone=a, ray.io/region=eu,empty=')).toEqual({ zone: 'a', 'ray.io/region': 'eu', empty: '' });
    for (const text of ['', 'zone', 'a=1,b', '=x']) expect(() => parseLabels(text)).toThrow(/must be labels/);
  });
});
