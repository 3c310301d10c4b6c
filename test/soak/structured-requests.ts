import type { StructuredOutputsParams } from '../../src/llm/structured-output/structured-outputs-params.js';

/** What outputs are held to, and whether one that is complete keeps to it. */
interface StructuredRequest {
  readonly params: StructuredOutputsParams;
  readonly isValid: (text: string) => boolean;
}

const CHOICES = ['a fox', 'a little girl', 'the old king'];
const PATTERN = '(Once|Twice)( upon a time| there was)?, [a-z]{2,8}\\.';
const SCHEMA = {
  type: 'object',
  properties: { happy: { type: 'boolean' }, who: { enum: ['fox', 'hen'] }, count: { type: 'integer' } },
  required: ['happy', 'who', 'count'],
};

function isOfSchema(text: string): boolean {
  try {
    const { happy, who, count } = JSON.parse(text);
    return typeof happy === 'boolean' && ['fox', 'hen'].includes(who) && Number.isInteger(count);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false;
    throw error;
  }
}

export const structuredRequests: readonly StructuredRequest[] = [
  { params: { choice: CHOICES }, isValid: (text) => CHOICES.includes(text) },
  { params: { regex: PATTERN }, isValid: (text) => new RegExp(`^(?:${PATTERN})$`).test(text) },
  { params: { json: SCHEMA, disableAnyWhitespace: true }, isValid: isOfSchema },
  { params: { grammar: 'root ::= "a" ("b" | "c")+ "." ' }, isValid: (text) => /^a[bc]+\.$/.test(text) },
];

/** The text is not what a request with these parameters may give in whole. */
export function isMalformed(text: string, params: StructuredOutputsParams): boolean {
  const request = structuredRequests.find((other) => other.params === params);
  return request !== undefined && !request.isValid(text);
}
