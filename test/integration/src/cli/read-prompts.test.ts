import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPrompts } from '../../../../src/cli/read-prompts.js';
import { InvalidArgumentError } from '../../../../src/core/index.js';

describe('readPrompts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ray-ts-prompts-'));
  const path = join(directory, 'prompts.jsonl');
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const read = (text: string) => {
    writeFileSync(path, text);
    return readPrompts(path);
  };

  it('reads a prompt per line, of each of the three kinds, and skips empty lines', async () => {
    const messages = [{ role: 'user', content: 'Hello.' }];
    const lines = ['{"prompt": "Once"}', '', '{"prompt_token_ids": [1, 2]}', '  ', JSON.stringify({ messages })];
    expect(await read(`${lines.join('\r\n')}\n`)).toEqual([
      { prompt: 'Once' },
      { promptTokenIds: [1, 2] },
      { messages },
    ]);
  });

  it.each([
    ['{"prompt": 3}', 'a prompt must be'],
    ['{"prompt": "a", "max_tokens": 3}', 'a prompt must be'],
    ['{"prompt_token_ids": [-1]}', 'a prompt must be'],
    ['{"messages": []}', 'a prompt must be'],
    ['"just text"', 'a prompt must be'],
    ['{"prompt": ', 'not JSON'],
  ])('refuses %s and names the line', async (line, reason) => {
    const reading = read(`{"prompt": "fine"}\n${line}\n`);
    await expect(reading).rejects.toThrow(InvalidArgumentError);
    await expect(reading).rejects.toThrow(`${path}, line 2: ${reason}`);
  });

  it('refuses a file without prompts, and one that is not there', async () => {
    await expect(read('\n\n')).rejects.toThrow('has no prompts');
    await expect(readPrompts(join(directory, 'missing.jsonl'))).rejects.toThrow(/missing\.jsonl can't be read/);
  });
});
