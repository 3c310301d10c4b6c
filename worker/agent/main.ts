import { createLogger } from '../../src/core/index.js';
import { runDaemon } from '../../src/process/index.js';
import { Agent } from './agent.js';
import type { AgentConfig, AgentReady } from './agent-config.js';

const logger = createLogger('agent');

runDaemon<AgentConfig, AgentReady>(logger, async (config, exit) => {
  const { agent, ready } = await Agent.start(config, logger, ({ reason, exitCode }) => exit(reason, exitCode));
  return { ready, drain: () => agent.drain('it was stopped'), close: () => agent.close() };
});
