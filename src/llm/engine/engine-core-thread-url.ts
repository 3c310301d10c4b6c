/**
 * The compiled file of the engine core's thread, beside this module. A thread does not inherit the loader that runs
 * TypeScript, so when this module is itself TypeScript (under tsx or jest) the one in dist is meant: build first.
 */
export function engineCoreThreadUrl(moduleUrl: string): URL {
  const compiledUrl = moduleUrl.endsWith('.ts')
    ? moduleUrl.replace(/\/src\/llm\/engine\/[^/]*$/, '/dist$&')
    : moduleUrl;
  return new URL('./engine-core-thread.js', compiledUrl);
}
