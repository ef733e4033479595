import { type BulkCode, ItemLog, reportOf } from './bulk-report';

describe('reportOf', () => {
  const log = (
    index: number,
    told: { errors?: BulkCode[]; warnings?: BulkCode[] } & Partial<Pick<ItemLog, 'clientRef' | 'itemId' | 'duplicate' | 'existingEntities'>> = {},
  ): ItemLog => {
    const { errors = [], warnings = [], ...rest } = told;
    const item = Object.assign(new ItemLog(index), rest);
    for (const code of errors) item.error('field', code, 'is wrong');
    for (const code of warnings) item.warn('field', code, 'is odd');
    return item;
  };

  it('says nothing of items that have nothing to say', () => {
    expect(reportOf([log(0, { itemId: 5, clientRef: 'a' }), log(1)])).toEqual({
      itemsIssues: [],
      batchErrors: [],
      counts: { successful: 2, warnings: 0, duplicates: 0, errors: 0, total: 2 },
    });
  });

  it('counts each item once, as an error before all else, and warnings by items', () => {
    const logs = [
      log(0),
      log(1, { errors: ['INVALID_DATE', 'REQUIRED_FIELD'] }),
      log(2, { warnings: ['UNKNOWN_FIELD', 'UNKNOWN_FIELD'] }),
      log(3, { duplicate: true, warnings: ['DUPLICATE_CONVERSATION'] }),
      log(4, { duplicate: true, errors: ['INVALID_TYPE'], warnings: ['UNKNOWN_FIELD'] }),
    ];
    expect(reportOf(logs).counts).toEqual({ successful: 2, warnings: 3, duplicates: 1, errors: 2, total: 5 });
    expect(logs.map(({ outcome }) => outcome)).toEqual(['successful', 'error', 'successful', 'duplicate', 'error']);
  });

  it('lists the others in order, with all that is known of them', () => {
    const existingEntities = { contacts: [{ id: 1, matchedBy: ['contactId'] }], conversations: [] };
    const failed = log(1, { clientRef: 'b' });
    failed.error('contact.phones[0]', 'INVALID_PHONE', 'is none', { given: 'x' });
    expect(reportOf([log(0), failed, log(2, { itemId: 7, existingEntities }), log(3, { warnings: ['UNKNOWN_FIELD'] })]).itemsIssues).toEqual([
      { index: 1, itemId: null, clientRef: 'b', errors: [{ field: 'contact.phones[0]', code: 'INVALID_PHONE', message: 'is none', context: { given: 'x' } }], warnings: [] },
      { index: 2, itemId: 7, errors: [], warnings: [], existingEntities },
      { index: 3, itemId: null, errors: [], warnings: [{ field: 'field', code: 'UNKNOWN_FIELD', message: 'is odd' }] },
    ]);
  });

  it('of no items is empty', () => {
    expect(reportOf([])).toEqual({ itemsIssues: [], batchErrors: [], counts: { successful: 0, warnings: 0, duplicates: 0, errors: 0, total: 0 } });
  });
});
