import { InvalidArgumentError } from '../../../../../src/core/index.js';
import type { EngineArgs } from '../../../../../src/llm/config/engine-args.js';
import { LLM } from '../../../../../src/llm/llm.js';
import type { RequestOutput } from '../../../../../src/llm/outputs.js';
import { SamplingParams, type SamplingParamsInit } from '../../../../../src/llm/sampling-params.js';
import type { StructuredOutputsParams } from '../../../../../src/llm/structured-output/structured-outputs-params.js';
import { storytellerPath } from '../golden-cases.js';

/** Some blocks more than one sequence needs at its longest. */
const TIGHT = { kvCacheMemoryBytes: 1_200_000 };
const PROMPT = 'Once upon a time';

const animalSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 8 },
    kind: { enum: ['cat', 'dog', 'fox'] },
    age: { type: 'integer', minimum: 0, maximum: 20 },
    home: {
      type: 'object',
      properties: { place: { type: 'string', maxLength: 8 }, warm: { type: 'boolean' } },
      required: ['place', 'warm'],
    },
  },
  required: ['name', 'kind', 'age', 'home'],
};

const EXPRESSION = '[A-Z][a-z]{1,8} (is|was) [0-9]{1,3}';

const SENTENCES = `
root ::= "The " animal " " verb ending
animal ::= "fox" | "bear"
verb ::= "runs" | "sleeps"
ending ::= "." | "!"
`;

const isAnimal = (text: string): boolean => {
  const { name, kind, age, home } = JSON.parse(text);
  return (
    typeof name === 'string' &&
    animalSchema.properties.kind.enum.includes(kind) &&
    Number.isInteger(age) &&
    age >= 0 &&
    age <= 20 &&
    typeof home.place === 'string' &&
    typeof home.warm === 'boolean'
  );
};

interface Case {
  readonly name: string;
  readonly structuredOutputs: StructuredOutputsParams;
  readonly isValid: (text: string) => boolean;
}

const cases: readonly Case[] = [
  {
    name: 'choice',
    structuredOutputs: { choice: ['yes', 'no, "never"', 'später\n'] },
    isValid: (text) => ['yes', 'no, "never"', 'später\n'].includes(text),
  },
  {
    name: 'regex',
    structuredOutputs: { regex: EXPRESSION },
    isValid: (text) => new RegExp(`^(?:${EXPRESSION})$`).test(text),
  },
  {
    name: 'json',
    structuredOutputs: { json: animalSchema, disableAnyWhitespace: true },
    isValid: isAnimal,
  },
  {
    name: 'grammar',
    structuredOutputs: { grammar: SENTENCES },
    isValid: (text) => /^The (fox|bear) (runs|sleeps)[.!]$/.test(text),
  },
];

const constrained = (structuredOutputs: StructuredOutputsParams, init: SamplingParamsInit = {}) =>
  new SamplingParams({ temperature: 0, maxTokens: 150, ...init, structuredOutputs });

const free = new SamplingParams({ temperature: 1, seed: 3, maxTokens: 40 });
const seeds = Array.from({ length: 20 }, (_, seed) => seed);

const textsOf = (outputs: readonly RequestOutput[]): string[] =>
  outputs.flatMap((output) => output.outputs.map(({ text }) => text));
const tokensOf = (output: RequestOutput) => output.outputs.map(({ tokenIds }) => tokenIds);

const withLLM = (args: Partial<EngineArgs> = {}) =>
  LLM.create({ model: storytellerPath, distributedExecutorBackend: 'uni', ...args });

describe.each<[string, Partial<EngineArgs>]>([
  ['one rank', {}],
  ['prefill in chunks and preemption', { maxNumBatchedTokens: 4, maxNumSeqs: 4, maxModelLen: 192, ...TIGHT }],
  ['two tensor ranks and two stages', { tensorParallelSize: 2, pipelineParallelSize: 2 }],
])('Structured outputs with %s', (situation, args) => {
  let llm: LLM;
  beforeAll(async () => {
    llm = await withLLM({ ...args, disableLogStats: false });
  });
  afterAll(async () => {
    await llm.shutdown();
  });

  it.each(cases)('follow a $name when greedy', async ({ structuredOutputs, isValid }) => {
    const [output] = await llm.generate(PROMPT, constrained(structuredOutputs));
    expect(output!.outputs[0]!.finishReason).toBe('stop');
    expect(isValid(output!.outputs[0]!.text)).toBe(true);
  });

  it.each(cases)('follow a $name at random, and leave others alone', async ({ structuredOutputs, isValid }) => {
    const [alone] = await llm.generate(PROMPT, free);
    const params = seeds.map((seed) => constrained(structuredOutputs, { temperature: 1, seed }));
    const outputs = await llm.generate([PROMPT, ...seeds.map(() => PROMPT), PROMPT], [free, ...params, free]);
    const texts = textsOf(outputs.slice(1, -1));
    expect(texts.filter((text) => !isValid(text))).toEqual([]);
    expect([tokensOf(outputs[0]!), tokensOf(outputs.at(-1)!)]).toEqual([tokensOf(alone!), tokensOf(alone!)]);
  });

  it('were preempted only where memory is short', () => {
    const preemptions = llm.getMetrics().find(({ name }) => name === 'vllm:num_preemptions');
    const isAny = preemptions?.type === 'counter' && preemptions.value > 0;
    expect(isAny).toBe(situation.includes('preemption'));
  });
});

describe('Structured outputs', () => {
  let llm: LLM;
  beforeAll(async () => {
    llm = await withLLM();
  });
  afterAll(async () => {
    await llm.shutdown();
  });

  const generate = async (structuredOutputs: StructuredOutputsParams, init: SamplingParamsInit = {}) =>
    (await llm.generate(PROMPT, constrained(structuredOutputs, init)))[0]!;

  it('are any JSON object when that is asked for', async () => {
    const output = await generate({ jsonObject: true }, { temperature: 1, seed: 5, maxTokens: 400 });
    const [{ text, finishReason }] = output.outputs as [RequestOutput['outputs'][number]];
    expect(finishReason === 'stop' ? JSON.parse(text) : {}).toEqual(expect.any(Object));
    expect(text).toMatch(/^\s*\{/);
  });

  it('have free text around the tags of a structural tag', async () => {
    const tag = {
      type: 'tag',
      begin: '<a>',
      content: { type: 'json_schema', json_schema: { enum: [1, 2] } },
      end: '</a>',
    };
    const output = await generate({ structuralTag: { type: 'structural_tag', format: tag } });
    expect(output.outputs[0]!.text).toMatch(/^<a>[12]<\/a>$/);
  });

  it('differ among the completions of one prompt, each of which follows the grammar', async () => {
    const output = await generate({ regex: EXPRESSION }, { temperature: 1, seed: 1, n: 4 });
    const texts = textsOf([output]);
    expect(texts).toEqual(texts.map(() => expect.stringMatching(new RegExp(`^(?:${EXPRESSION})$`))));
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  it('end where they are complete, whatever length is asked for', async () => {
    const output = await generate({ choice: ['yes'] }, { minTokens: 20, maxTokens: 30 });
    expect(output.outputs[0]).toMatchObject({ text: 'yes', finishReason: 'stop' });
  });

  it('say nothing after the end when that is to be ignored', async () => {
    const output = await generate({ choice: ['yes'] }, { ignoreEos: true, maxTokens: 12 });
    expect(output.outputs[0]).toMatchObject({ text: 'yes', finishReason: 'length' });
  });

  it('are cut where the length ends', async () => {
    const output = await generate({ regex: '[a-z]{50}' }, { maxTokens: 3 });
    expect(output.outputs[0]).toMatchObject({ text: expect.stringMatching(/^[a-z]+$/), finishReason: 'length' });
  });

  it.each<[string, StructuredOutputsParams, string]>([
    [
      'a regular expression',
      { regex: '[a-' },
      "structuredOutputs.regex is not valid: Regex parsing error at position 4: Unclosed '['",
    ],
    ['a lookahead', { regex: '(?=a)b' }, 'Lookahead is not supported yet.'],
    [
      'a grammar',
      { grammar: 'root ::= other' },
      'structuredOutputs.grammar is not valid: EBNF parser error at line 1, column 10: Rule "other" is not defined',
    ],
    ['a schema that is no JSON', { json: '{"type":' }, 'structuredOutputs.json is not valid'],
    [
      'an unknown type in a schema',
      { json: { type: 'foo' } },
      'structuredOutputs.json is not valid: Unsupported type "foo"',
    ],
    ['a reference to nothing', { json: { $ref: '#/definitions/none' } }, 'Cannot find field definitions'],
    ['a keyword that is not enforced', { json: { type: 'number', multipleOf: 3 } }, '#/multipleOf'],
    [
      'a structural tag',
      { structuralTag: { a: 1 } },
      'structuredOutputs.structuralTag is not valid: Invalid structural tag error: Structural tag must have a format field',
    ],
  ])('refuse %s, and go on', async (_, structuredOutputs, message) => {
    const other = generate({ choice: ['yes', 'no'] });
    const refused = generate(structuredOutputs, { temperature: 1, n: 2 });
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toThrow(message);
    expect(['yes', 'no']).toContain((await other).outputs[0]!.text);
  });
});
