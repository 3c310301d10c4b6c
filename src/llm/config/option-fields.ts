import { z } from 'zod';

/** Fields of option schemas, described by what they must be, as {@link parseOptions} needs it. */

const integerText = (min: number, max: number): string => `an integer from ${min} to ${max}`;
const choiceText = (choices: readonly string[]): string => `one of '${choices.join("', '")}'`;

export const integerField = (min: number, max: number) =>
  z.int().min(min).max(max).optional().describe(integerText(min, max));

export const defaultedInteger = (min: number, max: number, value: number) =>
  z.int().min(min).max(max).default(value).describe(integerText(min, max));

export const defaultedFlag = (value: boolean) => z.boolean().default(value).describe('true or false');

export const choiceField = <const Choices extends readonly string[]>(choices: Choices) =>
  z.enum(choices).optional().describe(choiceText(choices));

export const defaultedChoice = <const Choices extends readonly string[]>(choices: Choices, value: Choices[number]) =>
  z.enum(choices).prefault(value).describe(choiceText(choices));
