import { engineCoreThreadUrl } from '../../../../../src/llm/engine/engine-core-thread-url.js';

describe('engineCoreThreadUrl', () => {
  it('is the file beside a compiled module', () => {
    expect(engineCoreThreadUrl('file:///app/dist/src/llm/engine/engine-core-client.js').pathname).toBe(
      '/app/dist/src/llm/engine/engine-core-thread.js',
    );
  });

  it('is the file in dist for a module in TypeScript', () => {
    expect(engineCoreThreadUrl('file:///app/src/llm/engine/engine-core-client.ts').pathname).toBe(
      '/app/dist/src/llm/engine/engine-core-thread.js',
    );
  });
});
