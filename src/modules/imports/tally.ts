import { type BulkReport, type ItemLog, reportOf } from '../operations';

export type Counts = BulkReport['counts'];

export interface Totals {
  counts: Counts;
  /** How often each code was given. */
  errorCodes: Record<string, number>;
  warningCodes: Record<string, number>;
}

/** What came of all rows so far, with those of one more chunk. */
export function withChunk({ counts, errorCodes, warningCodes }: Totals, logs: ItemLog[]): Totals {
  const more = reportOf(logs).counts;
  return {
    counts: Object.fromEntries((Object.keys(counts) as (keyof Counts)[]).map((key) => [key, counts[key] + more[key]])) as Counts,
    errorCodes: counted(errorCodes, logs.flatMap(({ errors }) => errors)),
    warningCodes: counted(warningCodes, logs.flatMap(({ warnings }) => warnings)),
  };
}

function counted(before: Record<string, number>, issues: { code: string }[]): Record<string, number> {
  const codes = { ...before };
  for (const { code } of issues) codes[code] = (codes[code] ?? 0) + 1;
  return codes;
}
