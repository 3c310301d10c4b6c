import { z } from 'zod';
import { InvalidArgumentError } from '../../../../../src/core/index.js';
import { compilationLevelSchema, parseCompilationFlag } from '../../../../../src/llm/config/compilation-config.js';
import { parseOptions } from '../../../../../src/llm/config/parse-options.js';

const schema = z.strictObject({ compilationConfig: compilationLevelSchema });

const levelOf = (compilationConfig: unknown): number =>
  parseOptions(schema, 'engine argument', { compilationConfig }).compilationConfig;

describe('compilationConfig', () => {
  it.each([0, 1, 2, 3])('is level %d as a number, as {mode} and as {level}', (level) => {
    expect([levelOf(level), levelOf({ mode: level }), levelOf({ level })]).toEqual([level, level, level]);
  });

  it.each([
    4,
    -1,
    1.5,
    '3',
    null,
    true,
    {},
    [],
    { level: 4 },
    { level: 1, mode: 1 },
    { level: 1, backend: 'inductor' },
  ])('is not %j', (value) => {
    expect(() => levelOf(value)).toThrow(InvalidArgumentError);
    expect(() => levelOf(value)).toThrow(
      `compilationConfig must be 0, 1, 2 or 3, or {"mode": n} or {"level": n} with one of them, got ${JSON.stringify(value)}.`,
    );
  });
});

describe('A flag for compilationConfig', () => {
  it('takes a level or the JSON of a config', () => {
    expect(['3', '{"mode": 2}', '{"level":1}'].map((text) => levelOf(parseCompilationFlag(text)))).toEqual([3, 2, 1]);
  });

  it.each(['', 'fast', '{mode: 3}'])('refuses %j, which is no JSON', (text) => {
    expect(() => parseCompilationFlag(text)).toThrow(InvalidArgumentError);
    expect(() => parseCompilationFlag(text)).toThrow('compilationConfig must be 0, 1, 2 or 3');
  });
});
