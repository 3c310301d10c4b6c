import type { Violation } from '../checks/violation.js';
import type { Fault } from '../plan/fault.js';

const MAX_SHOWN_PER_PROMISE = 10;

export interface ReportFacts {
  readonly faults: readonly Fault[];
  readonly load: string;
  /** What was noticed beside the promises. */
  readonly remarks: readonly string[];
  readonly violations: readonly Violation[];
  /** The command line that does the same again. */
  readonly again: string;
  /** Where logs and records were kept; undefined when they were not. */
  readonly evidence: string | undefined;
}

/** What a run ends with. */
export function formatReport({ faults, load, remarks, violations, again, evidence }: ReportFacts): string {
  const lines = [
    '',
    `Faults: ${formatCounts(faults)}`,
    `Load: ${load}`,
    ...remarks.map((remark) => `Remark: ${remark}`),
    ...formatViolations(violations),
    ...(evidence === undefined ? [] : [`Logs and records: ${evidence}`]),
    violations.length === 0 ? 'PASSED: every promise was kept.' : `FAILED. The same faults again: ${again}`,
  ];
  return lines.join('\n');
}

function formatCounts(faults: readonly Fault[]): string {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const counts = kinds.map((kind) => `${faults.filter((fault) => fault.kind === kind).length} ${kind}`);
  return `${faults.length} (${counts.join(', ')})`;
}

function formatViolations(violations: readonly Violation[]): string[] {
  const promises = [...new Set(violations.map(({ promise }) => promise))];
  return promises.flatMap((promise) => {
    const seen = violations.filter((violation) => violation.promise === promise).map((violation) => violation.seen);
    const more = seen.length - MAX_SHOWN_PER_PROMISE;
    return [
      `BROKEN (${seen.length} times): ${promise}`,
      ...seen.slice(0, MAX_SHOWN_PER_PROMISE).map((line) => `  ${line}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ];
  });
}
