const PUNCTUATION = /["{}[\]:]/g;

/** Where the string that begins at `start` ends: behind the first quote that no odd number of backslashes escapes. */
function endOfString(json: string, start: number): number {
  let quote = start;
  let backslashes: number;
  do {
    quote = json.indexOf('"', quote + 1);
    backslashes = 0;
    while (json[quote - 1 - backslashes] === '\\') backslashes += 1;
  } while (backslashes % 2 === 1);
  return quote + 1;
}

/**
 * A key that an object has twice, of which JSON.parse keeps the last; undefined when there is none.
 * @param json - valid, of any depth and with strings of any length.
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  const punctuation = new RegExp(PUNCTUATION);
  let lastString = '';
  for (let match = punctuation.exec(json); match !== null; match = punctuation.exec(json)) {
    const [token] = match;
    if (token === '"') {
      punctuation.lastIndex = endOfString(json, match.index);
      lastString = json.slice(match.index, punctuation.lastIndex);
    } else if (token === ':') {
      const key = String(JSON.parse(lastString));
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    } else if (token === '{' || token === '[') open.push(new Set());
    else open.pop();
  }
  return undefined;
}
