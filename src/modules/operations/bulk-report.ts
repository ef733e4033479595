/** Everything that a bulk can say of an item (decisions.md, Conversations, bulk). */
export const BULK_CODES = [
  'REQUIRED_FIELD',
  'INVALID_TYPE',
  'INVALID_FORMAT',
  'INVALID_PHONE',
  'INVALID_EMAIL',
  'INVALID_DATE',
  'INVALID_VALUE',
  'VALUE_TOO_LONG',
  'UNKNOWN_FIELD',
  'UNKNOWN_CUSTOM_FIELD',
  'INVALID_CUSTOM_FIELD_VALUE',
  'OPTION_NOT_FOUND',
  'FUNNEL_NOT_FOUND',
  'STATUS_NOT_IN_FUNNEL',
  'USER_NOT_FOUND',
  'CONTACT_NOT_FOUND',
  'CONVERSATION_NOT_FOUND',
  'CONTACT_REQUIRED',
  'CONTACT_WITHOUT_ADDRESS',
  'AMBIGUOUS_CONTACT',
  'ADDRESS_CONFLICT',
  'DUPLICATE_CONVERSATION',
  'DUPLICATE_IN_BATCH',
  'DUPLICATE_IN_QUEUE',
  'DUPLICATE_ACTIVITY',
  'EXISTING_CONTACT_MATCHED',
  'CALL_NOT_ALLOWED',
  'CALL_UNDER_WAY',
  'EMPTY_UPDATE',
  'CONCURRENT_MODIFICATION',
  'BATCH_TOO_LARGE',
  'EMPTY_BATCH',
  'INTERNAL_ERROR',
] as const;
export type BulkCode = (typeof BULK_CODES)[number];

export interface BulkIssue {
  field: string;
  message: string;
  code: BulkCode;
  context?: Record<string, unknown>;
}

export interface ItemReport {
  index: number;
  itemId: number | null;
  clientRef?: string;
  errors: BulkIssue[];
  warnings: BulkIssue[];
  existingEntities?: Record<string, unknown>;
}

export type Outcome = 'successful' | 'duplicate' | 'error';

export interface BulkReport {
  itemsIssues: ItemReport[];
  batchErrors: BulkIssue[];
  counts: { successful: number; warnings: number; duplicates: number; errors: number; total: number };
}

/** What happened to one item of a batch. */
export class ItemLog {
  readonly errors: BulkIssue[] = [];
  readonly warnings: BulkIssue[] = [];
  clientRef?: string;
  itemId: number | null = null;
  duplicate = false;
  existingEntities?: Record<string, unknown>;

  constructor(readonly index: number) {}

  error(field: string, code: BulkCode, message: string, context?: Record<string, unknown>): void {
    this.errors.push({ field, message, code, ...(context && { context }) });
  }

  warn(field: string, code: BulkCode, message: string, context?: Record<string, unknown>): void {
    this.warnings.push({ field, message, code, ...(context && { context }) });
  }

  get failed(): boolean {
    return this.errors.length > 0;
  }

  get outcome(): Outcome {
    return this.failed ? 'error' : this.duplicate ? 'duplicate' : 'successful';
  }
}

/** Exact to the item: successful + duplicates + errors = total. Only items with something to say are listed. */
export function reportOf(logs: ItemLog[]): BulkReport {
  const count = (outcome: Outcome) => logs.reduce((n, log) => n + (log.outcome === outcome ? 1 : 0), 0);
  const telling = logs.filter((log) => log.failed || log.warnings.length > 0 || log.existingEntities !== undefined);
  return {
    itemsIssues: telling.map(({ index, itemId, clientRef, errors, warnings, existingEntities }) => ({
      index,
      itemId,
      ...(clientRef !== undefined && { clientRef }),
      errors,
      warnings,
      ...(existingEntities && { existingEntities }),
    })),
    batchErrors: [],
    counts: {
      successful: count('successful'),
      warnings: logs.reduce((n, log) => n + (log.warnings.length > 0 ? 1 : 0), 0),
      duplicates: count('duplicate'),
      errors: count('error'),
      total: logs.length,
    },
  };
}

/** The report in a sentence. @param done created, updated, queued */
export function summaryOf(counts: BulkReport['counts'], done: string, dryRun = false): string {
  const skipped = counts.duplicates > 0 ? `, ${counts.duplicates} skipped as duplicates` : '';
  return `${dryRun ? 'Dry run, nothing was written: ' : ''}${counts.successful} of ${counts.total} ${done}${skipped}, ${counts.errors} failed`;
}
