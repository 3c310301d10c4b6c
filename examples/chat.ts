/**
 * Conversations: one, several in a batch, and one through a chat template of your own.
 *
 *     npx tsx examples/chat.ts [MODEL]
 */
import * as ray from 'ray-ts';
import { type ChatMessage, LLM, type RequestOutput, SamplingParams } from 'ray-ts/llm';

const model = process.argv[2] ?? 'models/storyteller';

/** In Jinja, as models bring theirs; this one is for models that have none. */
const PLAIN_TEMPLATE = `{% for message in messages %}{{ message.role }}: {{ message.content }}
{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}`;

function printOutputs(title: string, outputs: readonly RequestOutput[]): void {
  console.log(`\n${title}`);
  for (const { prompt, outputs: completions } of outputs) {
    console.log(`Prompt: ${JSON.stringify(prompt)}\nAnswer: ${JSON.stringify(completions[0]!.text)}`);
  }
}

ray.main(async () => {
  await using llm = await LLM.create({ model });
  const params = new SamplingParams({ temperature: 0, maxTokens: 60 });

  const conversation: ChatMessage[] = [{ role: 'user', content: 'Count from 41 to 47.' }];
  const first = await llm.chat(conversation, params);
  printOutputs('One conversation', first);

  conversation.push({ role: 'assistant', content: first[0]!.outputs[0]!.text });
  conversation.push({ role: 'user', content: 'Sort these words: owl, kite, bear.' });
  printOutputs('Its next turn', await llm.chat(conversation, params));

  const asks = ['Count from 12 to 15.', 'Repeat these words backwards: hen, map, drum.'];
  const conversations = asks.map((content) => [{ role: 'user', content }]);
  printOutputs('Several in a batch', await llm.chat(conversations, params));

  const options = { chatTemplate: PLAIN_TEMPLATE };
  printOutputs('Another chat template', await llm.chat(conversations[0]!, params, options));
});
