import { BadRequestError } from '../../platform/errors/api-error';
import type { BulkCode, BulkReport } from './bulk-report';

export const MAX_ITEMS = 10_000;

/** Nothing of the batch can be tried. The answer is an error that also carries a report, with batchErrors. */
export class InvalidBatch extends BadRequestError {
  static readonly code = 'INVALID_BATCH';
  constructor(field: string, code: BulkCode, message: string) {
    const report: BulkReport = {
      itemsIssues: [],
      batchErrors: [{ field, message, code }],
      counts: { successful: 0, warnings: 0, duplicates: 0, errors: 0, total: 0 },
    };
    super(`${field}: ${message}`, { fields: [{ path: field, code, message }], report });
  }
}

export interface Batch {
  items: unknown[];
  dryRun: boolean;
  onDuplicate: 'skip' | 'create';
}

/** @param field the body's list of items. @throws InvalidBatch where nothing can be tried: not an array, empty, too many, or an option that is not understood */
export function readBatch(body: unknown, field: string): Batch {
  const { [field]: items, dryRun = false, onDuplicate = 'skip' } = body as Record<string, unknown>;
  if (items === undefined || items === null) throw new InvalidBatch(field, 'REQUIRED_FIELD', `is required: the list of ${field}`);
  if (!Array.isArray(items)) throw new InvalidBatch(field, 'INVALID_TYPE', 'must be a list');
  if (items.length === 0) throw new InvalidBatch(field, 'EMPTY_BATCH', 'is empty: send at least one item');
  if (items.length > MAX_ITEMS) throw new InvalidBatch(field, 'BATCH_TOO_LARGE', `has ${items.length} items; send at most ${MAX_ITEMS} at a time`);
  if (typeof dryRun !== 'boolean') throw new InvalidBatch('dryRun', 'INVALID_TYPE', 'must be true or false');
  if (onDuplicate !== 'skip' && onDuplicate !== 'create') throw new InvalidBatch('onDuplicate', 'INVALID_VALUE', 'must be skip or create');
  return { items, dryRun, onDuplicate };
}
