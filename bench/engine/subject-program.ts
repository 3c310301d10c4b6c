/** The process of one subject. It ends with the process that started it. */
import { endWithParent } from '../step/native-process.js';
import type { SubjectAnswer, SubjectCommand, SubjectForm, SubjectSpec } from './subject-form.js';

let form: SubjectForm | undefined;

async function load(spec: SubjectSpec): Promise<SubjectForm> {
  if (spec.kind === 'engine') return (await import('./engine-form.js')).EngineForm.load(spec);
  return (await import('./llama-cpp/llama-cpp-form.js')).LlamaCppForm.load(spec);
}

async function answer(command: SubjectCommand): Promise<SubjectAnswer> {
  if (command.kind === 'measure') return { kind: 'measured', ms: await form!.measure(command.cell) };
  const start = performance.now();
  form = await load(command.spec);
  const loadMs = performance.now() - start;
  await form.generateOne();
  return { kind: 'loaded', loadMs };
}

async function obey(command: SubjectCommand): Promise<void> {
  try {
    process.send!(await answer(command));
  } catch (error) {
    process.send!({ kind: 'failed', message: String(error) } satisfies SubjectAnswer);
  }
}

endWithParent();
process.on('message', (command: SubjectCommand) => void obey(command));
// The process that started this one decides when an interrupted run ends.
process.on('SIGINT', () => undefined);
