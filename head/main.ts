import { createLogger } from '../src/core/index.js';
import { runDaemon } from '../src/process/index.js';
import { Head } from './head.js';
import type { HeadConfig } from './head-config.js';
import { openChosenStore } from './open-chosen-store.js';

/** What the head tells the process that started it. */
export interface HeadReady {
  readonly port: number;
  readonly store: string;
}

const logger = createLogger('head');

runDaemon<HeadConfig, HeadReady>(logger, async (config, exit) => {
  const { store: choice, clusterId, sessionDirectory, credentials } = config;
  const onServerExit = (reason: string): void => exit(reason, 1);
  const opened = await openChosenStore({ choice, clusterId, sessionDirectory, tls: credentials.tls, onServerExit });
  try {
    const { head, port } = await Head.start(config, opened.store, opened.description, logger, (reason) =>
      exit(reason, 1),
    );
    return {
      ready: { port, store: opened.description },
      close: async () => {
        try {
          await head.close();
        } finally {
          await opened.stopServer();
        }
      },
    };
  } catch (error) {
    await opened.store.close();
    await opened.stopServer();
    throw error;
  }
});
