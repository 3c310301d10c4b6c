/** vLLM's flags of several letters after one dash, which no option parser takes for one flag, and its second names. */
export const FLAG_ALIASES: Readonly<Record<string, string>> = {
  '-tp': '--tensor-parallel-size',
  '-pp': '--pipeline-parallel-size',
  '-dcp': '--decode-context-parallel-size',
  '-pcp': '--prefill-context-parallel-size',
  '-dp': '--data-parallel-size',
  '-dpl': '--data-parallel-size-local',
  '-dpn': '--data-parallel-rank',
  '-dpr': '--data-parallel-start-rank',
  '-dpa': '--data-parallel-address',
  '-dpp': '--data-parallel-rpc-port',
  '-dpb': '--data-parallel-backend',
  '-dpe': '--data-parallel-external-lb',
  '-dph': '--data-parallel-hybrid-lb',
  '-cc': '--compilation-config',
  '-O': '--compilation-config',
  '--optimization-level': '--compilation-config',
  '--dcp-kv-cache-interleave-size': '--cp-kv-cache-interleave-size',
};

/** A flag, and what follows it after a dot or an equals sign. */
const FLAG_PATTERN = /^(--?[A-Za-z][\w-]*)([.=].*)?$/s;

/**
 * Replaces aliases by the flags that they stand for, alone, with `=value` or with `.key`; and underscores in the names of
 * long flags by dashes, as vLLM takes either.
 */
export function expandShortFlags(argv: readonly string[]): string[] {
  return argv.map((argument) => {
    const [, flag, rest = ''] = FLAG_PATTERN.exec(argument) ?? [];
    if (flag === undefined) return argument;
    const dashed = flag.startsWith('--') ? flag.replaceAll('_', '-') : flag;
    return `${FLAG_ALIASES[dashed] ?? dashed}${rest}`;
  });
}
