/** One file's import, as written: a package, a node: built-in, or a relative path. */
export interface Import {
  readonly file: string;
  readonly specifier: string;
}

/**
 * The forms in which a module names another, in code that the formatter has laid out: import and export … from (types
 * too), an import for its effect, import('…'), and createRequire(…)('…'). A statement starts its line, so the examples in
 * doc comments don't match.
 */
const FORMS = [
  /^(?:import|export)\s[^'";]*?\sfrom\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /\bimport\(\s*'([^']+)'/g,
  /\bcreateRequire\([^)]*\)(?:\.resolve)?\('([^']+)'/g,
];

/** Everything that a source text imports. A dynamic import of a constant is not seen: it is how a process is reached. */
export function scanImports(file: string, text: string): Import[] {
  return FORMS.flatMap((form) => [...text.matchAll(form)]).map(([, specifier]) => ({ file, specifier: specifier! }));
}
