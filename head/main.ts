import { createLogger } from '../src/core/index.js';
import { runDaemon } from '../src/process/index.js';
import type { HeadConfig } from './head-config.js';
import { openChosenStore } from './open-chosen-store.js';
import { startHead } from './start-head.js';
import { startStandby } from './start-standby.js';

/** What the head tells the process that started it. */
export interface HeadReady {
  readonly port: number;
  readonly store: string;
  /** Of the cluster that it found in its store, or began; empty for a standby that has seen none yet. */
  readonly clusterId: string;
  /** host:port of the head that a standby waits for; its own for a head. */
  readonly headAddress: string;
}

const logger = createLogger('head');

runDaemon<HeadConfig, HeadReady>(logger, async (config, exit) => {
  const { store: choice, clusterName, sessionDirectory, credentials, host } = config;
  const opened = await openChosenStore({ choice, clusterName, sessionDirectory, tls: credentials.tls, logger });
  const { store, description, stopServer } = opened;
  const onLost = (reason: string): void => exit(reason, 1);
  const closing = (part: { close(): Promise<void> }) => async (): Promise<void> => {
    try {
      await part.close();
    } finally {
      await stopServer();
    }
  };
  try {
    if (config.role === 'standby') {
      const { standby, ready } = await startStandby(config, store, description, logger, onLost);
      return { ready: { ...ready, store: description }, close: closing(standby) };
    }
    const { head, port } = await startHead(config, store, description, logger, onLost);
    const { clusterId } = head;
    return {
      ready: { port, store: description, clusterId, headAddress: `${host}:${port}` },
      close: closing(head),
    };
  } catch (error) {
    await store.close();
    await stopServer();
    throw error;
  }
});
