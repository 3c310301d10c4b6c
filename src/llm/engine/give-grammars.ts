import { InternalError, RayError, toError } from '../../core/index.js';
import type { Request } from '../scheduler/request.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import type { GrammarCache } from '../structured-output/grammar-cache.js';

async function giveGrammar(scheduler: Scheduler, request: Request, grammars: GrammarCache): Promise<void> {
  try {
    scheduler.setGrammar(request, await grammars.createOutputGrammar(request.grammarSpec!));
  } catch (error) {
    const cause = toError(error);
    const failure = cause instanceof RayError ? cause : new InternalError(cause.message, { cause });
    scheduler.failRequest(request, failure);
  }
}

/**
 * Lets requests run that wait for their grammars, or fails them. It compiles one grammar at most, since running requests wait
 * for that; the others follow after the next step.
 */
export async function giveGrammars(scheduler: Scheduler, grammars: GrammarCache): Promise<void> {
  let hasCompiled = false;
  for (const request of scheduler.awaitingGrammar) {
    const isCompiled = grammars.has(request.grammarSpec!);
    if (hasCompiled && !isCompiled) return;
    hasCompiled ||= !isCompiled;
    await giveGrammar(scheduler, request, grammars);
  }
}
