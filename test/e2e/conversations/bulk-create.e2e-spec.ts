import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import type { ConversationDto } from '../../../src/modules/conversations/dto/conversation.dto';
import type { BulkReport } from '../../../src/modules/operations/bulk-report';
import type { BulkResult } from '../../../src/modules/operations/operations.service';
import { aContact, aPhone } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { aTenant } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { type Desk, aConversation, aDesk, aFunnel, allSayings, bulkCreate, everything, itemOf, rowCounts, sayings, useDesk } from './desk';

const NOT_LISTED = 'a success with nothing to say';

describe('BulkCreate', () => {
  const running = useDesk();
  let desk: Desk;
  beforeEach(() => {
    desk = running.desk;
  });
  const anItem = (overrides: Record<string, unknown> = {}, contact: Record<string, unknown> = {}) => ({
    funnelId: desk.funnel.id,
    contact: { phones: [aPhone()], ...contact } as { phones: string[] } & Record<string, unknown>,
    ...overrides,
  });
  const getConversation = (id: number | null) => ok(desk.api.get<ConversationDto>(`/conversations/${id}`));
  const idOf = async (phone: unknown) => (await sql<{ contact_id: number }>('SELECT contact_id FROM contact_addresses WHERE address = $1', [phone]))[0]?.contact_id;

  it('creates people and conversations, and says nothing of items that have nothing to say', async () => {
    const user = await aUser(desk.api);
    const items = [
      anItem({ userId: user.id, funnelStatusId: desk.statusIds[1], createdAt: '2024-02-29T10:00:00-06:00' }, { firstName: 'Ana', emails: ['ANA@example.com'], nationalId: 'N1' }),
      anItem({ archivedAt: '2026-01-01' }),
    ];
    const { report, message, operationId } = await bulkCreate(desk, items);
    expect(report).toEqual({ itemsIssues: [], batchErrors: [], counts: { successful: 2, warnings: 0, duplicates: 0, errors: 0, total: 2 } });
    expect(message).toBe('2 of 2 created, 0 failed');
    expect(operationId).toMatch(/^op_[0-9a-z]{25}$/);
    const { items: made } = await ok(desk.api.get<{ items: ConversationDto[] }>('/conversations', { sortBy: 'id=asc' }));
    expect(made).toMatchObject([
      {
        userId: user.id,
        funnelStatusId: desk.statusIds[1],
        createdAt: '2024-02-29T16:00:00.000Z',
        contacts: [{ firstName: 'Ana', email: 'ana@example.com', nationalId: 'N1', phone: items[0]?.contact.phones[0] }],
        channelSessions: [{ channelType: 'PHONE', startTime: '2024-02-29T16:00:00.000Z' }, { channelType: 'EMAIL' }],
      },
      { archivedAt: '2026-01-01T00:00:00.000Z', funnelStatusId: desk.statusIds[0], userId: null },
    ]);
    expect(await rowCounts()).toEqual({ contacts: 2, addresses: 3, conversations: 2, sessions: 3 });
  });

  it('reports a messy batch exact to the item, and writes what is left of it', async () => {
    const theirs = await aDesk(running.app);
    const other = await aFunnel(desk.api, 'Other');
    await aCustomField(desk.api, { fieldKey: 'price', fieldType: 'NUMBER', entityType: 'FUNNEL_CONVERSATION' });
    await aCustomField(desk.api, { fieldKey: 'color', options: ['red'] });
    const theirContact = await aContact(theirs.api);
    const [ana, luz, taken] = [await aContact(desk.api, { nationalId: 'ANA' }), await aContact(desk.api), await aContact(desk.api)];
    await aConversation(desk, { contactId: taken.id });
    const before = await rowCounts();
    const funnelId = desk.funnel.id;
    const contact = { phones: [aPhone()] };
    const twice = aPhone();

    const table: [item: unknown, ...sayings: string[]][] = [
      [null, 'INVALID_TYPE'],
      [7, 'INVALID_TYPE'],
      ['text', 'INVALID_TYPE'],
      [[], 'INVALID_TYPE'],
      [{}, 'funnelId REQUIRED_FIELD', 'contact CONTACT_REQUIRED'],
      [{ funnelId: null, contact: null, contactId: null }, 'funnelId REQUIRED_FIELD', 'contact CONTACT_REQUIRED'],
      [{ funnelId: 'one', contact }, 'funnelId INVALID_TYPE'],
      [{ funnelId: 0.1, contact }, 'funnelId INVALID_TYPE'],
      [{ funnelId: -1, contact, userId: 'me', funnelStatusId: true }, 'funnelId INVALID_TYPE', 'userId INVALID_TYPE', 'funnelStatusId INVALID_TYPE'],
      [{ funnelId: 1e300, contact }, 'funnelId INVALID_TYPE'],
      [{ funnelId: 999_999_999, contact }, 'funnelId FUNNEL_NOT_FOUND'],
      [{ funnelId: theirs.funnel.id, contact, funnelStatusId: theirs.statusIds[0] }, 'funnelId FUNNEL_NOT_FOUND'],
      [{ funnelId, contact, funnelStatusId: other.statuses[0]?.id }, 'funnelStatusId STATUS_NOT_IN_FUNNEL'],
      [{ funnelId, contact, userId: 999_999_999 }, 'userId USER_NOT_FOUND'],
      [{ funnelId, contact: { ...contact, userId: 999_999_999 } }, 'contact.userId USER_NOT_FOUND'],
      [{ funnelId, contactId: theirContact.id }, 'contactId CONTACT_NOT_FOUND'],
      [{ funnelId, contactId: '5' }, 'contactId INVALID_TYPE'],
      [{ funnelId, contact: 'Ana' }, 'contact INVALID_TYPE'],
      [{ funnelId, contact: [] }, 'contact INVALID_TYPE'],
      [{ funnelId, contact, createdAt: 'yesterday', archivedAt: 5 }, 'createdAt INVALID_DATE', 'archivedAt INVALID_DATE'],
      [{ funnelId, contact, createdAt: '2999-01-01' }, 'createdAt INVALID_DATE'],
      [
        { funnelId, contact: { phones: ['123', 5, '', null, ' +525512345678 '], emails: ['x'] } },
        'contact.phones[1] INVALID_TYPE',
        'contact.phones[3] INVALID_TYPE',
        'contact.phones[0] INVALID_PHONE',
        'contact.emails[0] INVALID_EMAIL',
      ],
      [{ funnelId, contact: { phones: '+525512345678', emails: {} } }, 'contact.phones INVALID_TYPE', 'contact.emails INVALID_TYPE'],
      [
        { funnelId, contact: { ...contact, firstName: 5, lastName: 'x'.repeat(256), nationalId: 'x'.repeat(65), companyPosition: {} } },
        'contact.firstName INVALID_TYPE',
        'contact.lastName VALUE_TOO_LONG',
        'contact.nationalId VALUE_TOO_LONG',
        'contact.companyPosition INVALID_TYPE',
      ],
      [{ funnelId, contact: { emails: [`${'x'.repeat(320)}@example.com`] } }, 'contact.emails[0] VALUE_TOO_LONG'],
      [{ funnelId, contact, clientRef: 'x'.repeat(129) }, 'clientRef VALUE_TOO_LONG'],
      [{ funnelId, contact, customFields: { price: 'much' } }, 'customFields.price INVALID_CUSTOM_FIELD_VALUE'],
      [{ funnelId, contact: { ...contact, customFields: { color: 'blue' } }, customFields: [] }, 'customFields INVALID_TYPE', 'contact.customFields.color OPTION_NOT_FOUND'],
      [{ funnelId, contact: { phones: [ana.phone, luz.phone] } }, 'contact AMBIGUOUS_CONTACT'],
      [{ funnelId, contactId: ana.id, contact: { firstName: 'X', phones: [luz.phone] } }, 'contact ADDRESS_CONFLICT'],
      // From here on they succeed, or are skipped.
      [{ funnelId, contact, size: 38, clientRef: 'a', customFields: { vehicle: 'Kia', price: 5 } }, '~size UNKNOWN_FIELD', '~customFields.vehicle UNKNOWN_CUSTOM_FIELD'],
      [
        { funnelId, contact: { phones: [aPhone()], shoe: 38, customFields: { vehicle: 'Kia', color: 'red' } } },
        '~contact.shoe UNKNOWN_FIELD',
        '~contact.customFields.vehicle UNKNOWN_CUSTOM_FIELD',
      ],
      [{ funnelId, contact: { firstName: 'Nobody' } }, '~contact CONTACT_WITHOUT_ADDRESS'],
      [{ funnelId, contact: {} }, '~contact CONTACT_WITHOUT_ADDRESS'],
      [{ funnelId, contact: { nationalId: 'ANA', emails: ['ana@example.com'] } }, '~contact EXISTING_CONTACT_MATCHED'],
      [{ funnelId, contactId: luz.id }],
      [{ funnelId, contactId: taken.id }, '~contact DUPLICATE_CONVERSATION'],
      [{ funnelId, contact: { phones: [twice] } }, NOT_LISTED],
      [{ funnelId, contact: { phones: [twice] } }, '~contact DUPLICATE_IN_BATCH'],
      [{ funnelId: other.id, contact: { phones: [twice] } }, '~contact EXISTING_CONTACT_MATCHED'],
    ];
    const { report, message } = await bulkCreate(
      desk,
      table.map(([item]) => item),
    );

    expect(allSayings(report)).toEqual(Object.fromEntries(table.flatMap(([, ...said], index) => (said[0] === NOT_LISTED ? [] : [[index, said]]))));
    expect(report.counts).toEqual({ successful: 8, warnings: 8, duplicates: 2, errors: 30, total: table.length });
    expect(message).toBe(`8 of ${table.length} created, 2 skipped as duplicates, 30 failed`);
    // New: the first item's person, one with unknown fields, two without address, and `twice`.
    expect(await rowCounts()).toEqual({ contacts: before.contacts + 5, addresses: before.addresses + 4, conversations: before.conversations + 8, sessions: before.sessions + 6 });
    for (const { errors, warnings } of report.itemsIssues) for (const { message: text } of [...errors, ...warnings]) expect(text).toMatch(/\S/);
  });

  it('says whom an item was matched to, by what, and which conversation it is', async () => {
    const [ana, luz] = [
      await aContact(desk.api, { nationalId: 'ANA' }),
      await aContact(desk.api, {
        addresses: [
          { channelType: 'EMAIL', address: 'luz@example.com' },
          { channelType: 'SMS', address: aPhone() },
        ],
      }),
    ];
    const open = await aConversation(desk, { contactId: ana.id });
    const { report } = await bulkCreate(desk, [
      { funnelId: desk.funnel.id, contact: { phones: [ana.phone] }, clientRef: 'row 1' },
      { funnelId: desk.funnel.id, contact: { emails: ['LUZ@example.com'], phones: [luz.addresses[1]?.address] } },
      { funnelId: desk.funnel.id, contact: { nationalId: 'ANA' } },
      { funnelId: desk.funnel.id, contactId: luz.id },
      anItem({ size: 38, clientRef: 'row 5' }),
    ]);
    const [first, made] = await sql<{ id: number }>('SELECT id FROM conversations WHERE id > $1 ORDER BY id', [open.id]);
    expect(report.itemsIssues).toMatchObject([
      {
        index: 0,
        itemId: open.id,
        clientRef: 'row 1',
        existingEntities: { contacts: [{ id: ana.id, matchedBy: [{ channelType: 'PHONE', address: ana.phone }] }], conversations: [{ id: open.id }] },
      },
      {
        index: 1,
        itemId: first?.id,
        existingEntities: {
          contacts: [
            {
              id: luz.id,
              matchedBy: [
                { channelType: 'PHONE', address: luz.addresses[1]?.address },
                { channelType: 'EMAIL', address: 'luz@example.com' },
              ],
            },
          ],
          conversations: [],
        },
      },
      { index: 2, itemId: open.id, existingEntities: { contacts: [{ id: ana.id, matchedBy: ['nationalId'] }], conversations: [{ id: open.id }] } },
      { index: 3, itemId: first?.id, existingEntities: { contacts: [{ id: luz.id, matchedBy: ['contactId'] }], conversations: [{ id: first?.id }] } },
      { index: 4, itemId: made?.id, clientRef: 'row 5', errors: [] },
    ]);
    expect(itemOf(report, 1)).not.toHaveProperty('clientRef');
    expect(itemOf(report, 4)).not.toHaveProperty('existingEntities');
  });

  it('takes nobody for one of two people that the batch itself makes', async () => {
    const [one, other] = [aPhone(), aPhone()];
    const { report } = await bulkCreate(desk, [anItem({}, { phones: [one] }), anItem({}, { phones: [other] }), anItem({}, { phones: [one, other] })]);
    expect(sayings(itemOf(report, 2))).toEqual(['contact AMBIGUOUS_CONTACT']);
    expect(itemOf(report, 2).errors[0]?.context).toMatchObject({ candidates: 2, items: [0, 1] });
    const byPhone = async (address: string) => ({ id: await idOf(address), matchedBy: [{ channelType: 'PHONE', address }] });
    expect(itemOf(report, 2).existingEntities).toEqual({ contacts: [await byPhone(one), await byPhone(other)], conversations: [] });
    expect(await idOf(one)).not.toBe(await idOf(other));
  });

  it('names all contacts that an item could mean, and whose addresses it may not have', async () => {
    const [ana, luz] = [await aContact(desk.api, { nationalId: 'SAME' }), await aContact(desk.api, { nationalId: 'SAME' })];
    const isNew = aPhone();
    const by = ({ id, phone: address }: { id: number; phone: string | null }) => ({ id, matchedBy: [{ channelType: 'PHONE', address }] });
    for (const dryRun of [true, false]) {
      const { report } = await bulkCreate(
        desk,
        [
          anItem({}, { phones: [isNew] }),
          anItem({}, { phones: [ana.phone, luz.phone, isNew] }),
          { funnelId: desk.funnel.id, contact: { nationalId: 'SAME' } },
          { funnelId: desk.funnel.id, contactId: ana.id, contact: { phones: [luz.phone] } },
        ],
        { dryRun },
      );
      const made = dryRun ? [] : [{ id: await idOf(isNew), matchedBy: [{ channelType: 'PHONE', address: isNew }] }];
      expect(itemOf(report, 1)).toMatchObject({ errors: [{ code: 'AMBIGUOUS_CONTACT', context: { contactIds: [ana.id, luz.id], candidates: 3, items: [0] } }] });
      expect(itemOf(report, 1).existingEntities).toEqual({ contacts: [by(ana), by(luz), ...made], conversations: [] });
      expect(itemOf(report, 2).existingEntities).toEqual({ contacts: [ana, luz].map(({ id }) => ({ id, matchedBy: ['nationalId'] })), conversations: [] });
      expect(sayings(itemOf(report, 3))).toEqual(['contact ADDRESS_CONFLICT']);
      expect(itemOf(report, 3).existingEntities).toEqual({ contacts: [by(luz)], conversations: [] });
    }
  });

  it('forgets whom an item could mean with the person', async () => {
    const [ana, luz] = [await aContact(desk.api), await aContact(desk.api)];
    const { operationId } = await bulkCreate(desk, [anItem({}, { phones: [ana.phone, luz.phone] })]);
    await ok(desk.api.delete(`/contacts/${luz.id}`, { erase: true }));
    const { report } = await ok(desk.api.get<{ report: { itemsIssues: unknown[]; counts: unknown } }>(`/operations/${operationId}`));
    expect(report).toMatchObject({ itemsIssues: [], counts: { errors: 1 } });
  });

  it('gives a person of the batch the nationalId that somebody else has, since the documents let two share one', async () => {
    const known = await aContact(desk.api, { nationalId: 'N1' });
    const phone = aPhone();
    const { report } = await bulkCreate(desk, [anItem({}, { phones: [phone] }), anItem({}, { phones: [phone], nationalId: 'N1' })]);
    expect(report.counts).toMatchObject({ successful: 1, duplicates: 1, errors: 0 });
    expect(await idOf(phone)).not.toBe(known.id);
    expect(await countRows('contacts', 'national_id = $1', ['N1'])).toBe(2);
  });

  it('does not find somebody by the nationalId that they no longer have', async () => {
    const ana = await aContact(desk.api, { nationalId: 'OLD' });
    const { report } = await bulkCreate(desk, [anItem({}, { phones: [ana.phone], nationalId: 'NEW' }), { funnelId: desk.funnel.id, contact: { nationalId: 'OLD' } }]);
    expect(report.counts).toMatchObject({ successful: 2, duplicates: 0 });
    expect(await sql('SELECT national_id FROM contacts ORDER BY id')).toEqual([{ national_id: 'NEW' }, { national_id: 'OLD' }]);
  });

  it('lets text that cannot be stored harm no neighbour', async () => {
    const half = '\ud83d';
    const { report } = await bulkCreate(desk, [
      anItem({}, { firstName: 'before' }),
      anItem({ clientRef: 'x\0', createdAt: '2026\0' }, { firstName: 'a\0', lastName: half, nationalId: '\0', emails: ['a\0@example.com'], phones: ['+52\u00005512345678'] }),
      anItem({ customFields: { a: 'x\0', b: { deep: [half] }, ['key\0']: 1, fine: 'ñ 👍' }, ['field\0']: 1 }, { customFields: { c: half } }),
      anItem({}, { firstName: 'after 👍' }),
    ]);
    expect(report.counts).toEqual({ successful: 2, warnings: 1, duplicates: 0, errors: 2, total: 4 });
    expect(sayings(itemOf(report, 1)).sort()).toEqual(
      [
        'clientRef INVALID_VALUE',
        'createdAt INVALID_DATE',
        'contact.firstName INVALID_VALUE',
        'contact.lastName INVALID_VALUE',
        'contact.nationalId INVALID_VALUE',
        'contact.emails[0] INVALID_VALUE',
        'contact.phones[0] INVALID_VALUE',
      ].sort(),
    );
    expect(
      itemOf(report, 2)
        .errors.map(({ field, code }) => `${field} ${code}`)
        .sort(),
    ).toEqual(['customFields.a INVALID_VALUE', 'customFields.b.deep[0] INVALID_VALUE', 'customFields.key\0 INVALID_VALUE', 'contact.customFields.c INVALID_VALUE'].sort());
    expect((await sql('SELECT first_name FROM contacts ORDER BY id')).map(({ first_name }) => first_name)).toEqual(['before', 'after 👍']);
  });

  describe('duplicates', () => {
    let ana: ContactDto;
    beforeEach(async () => {
      ana = await aContact(desk.api, { firstName: 'Ana', lastName: null, customFields: { vehicle: 'Kia' } });
      await aConversation(desk, { contactId: ana.id });
    });

    it('fill what is blank and add addresses, but change nothing that is there', async () => {
      const item = anItem(
        {},
        {
          phones: [ana.phone],
          emails: ['ana@example.com'],
          firstName: 'X',
          lastName: 'Pérez',
          nationalId: 'N1',
          companyPosition: '',
          customFields: { vehicle: 'VW', color: 'red', none: null, blank: '' },
        },
      );
      const { report } = await bulkCreate(desk, [item]);
      expect(report.counts).toEqual({ successful: 0, warnings: 1, duplicates: 1, errors: 0, total: 1 });
      const filled = await ok(desk.api.get<ContactDto>(`/contacts/${ana.id}`));
      expect(filled).toMatchObject({
        firstName: 'Ana',
        lastName: 'Pérez',
        nationalId: 'N1',
        companyPosition: null,
        email: 'ana@example.com',
        customFields: { vehicle: 'Kia', color: 'red' },
      });
      const before = await everything();
      await bulkCreate(desk, [item]);
      expect({ ...(await everything()), operations: 0 }).toEqual({ ...before, operations: 0 });
      expect(await countRows('conversations')).toBe(1);
    });

    it('are created where onDuplicate says so, within the batch as well', async () => {
      const item = anItem({}, { phones: [ana.phone] });
      const { report } = await bulkCreate(desk, [item, item], { onDuplicate: 'create' });
      expect(report.counts).toEqual({ successful: 2, warnings: 2, duplicates: 0, errors: 0, total: 2 });
      expect(report.itemsIssues.map(({ existingEntities }) => existingEntities?.conversations)).toEqual([[], []]);
      expect(await countRows('conversations', 'contact_id = $1', [ana.id])).toBe(3);
    });

    it('are none in another funnel, and none where the conversation is archived', async () => {
      const other = await aFunnel(desk.api, 'Other');
      expect((await bulkCreate(desk, [{ funnelId: other.id, contactId: ana.id }])).report.counts).toMatchObject({ successful: 1 });
      await sql('UPDATE conversations SET archived_at = now()');
      expect((await bulkCreate(desk, [{ funnelId: desk.funnel.id, contactId: ana.id }])).report.counts).toMatchObject({ successful: 1 });
    });

    it('of a batch are skipped after the first that succeeds, and not after one that fails or is archived', async () => {
      const phone = aPhone();
      const { report } = await bulkCreate(desk, [
        anItem({ userId: 999_999_999 }, { phones: [phone] }),
        anItem({ archivedAt: '2026-01-01' }, { phones: [phone] }),
        anItem({}, { phones: [phone], firstName: 'Luz' }),
        anItem({}, { phones: [phone], firstName: 'X', lastName: 'Ramírez' }),
      ]);
      expect(allSayings(report)).toEqual({ 0: ['userId USER_NOT_FOUND'], 2: ['~contact EXISTING_CONTACT_MATCHED'], 3: ['~contact DUPLICATE_IN_BATCH'] });
      const [, , matched, skipped] = [undefined, undefined, itemOf(report, 2), itemOf(report, 3)];
      expect(skipped.existingEntities).toMatchObject({ conversations: [{ id: matched.itemId }] });
      expect(skipped.warnings[0]?.context).toEqual({ index: 2 });
      expect(await getConversation(matched.itemId)).toMatchObject({ contacts: [{ firstName: 'Luz', lastName: 'Ramírez' }] });
    });
  });

  it('changes a matched contact with what is not blank', async () => {
    const ana = await aContact(desk.api, { firstName: 'Ana', lastName: 'Pérez', customFields: { vehicle: 'Kia', kept: 1 } });
    await bulkCreate(desk, [anItem({}, { phones: [ana.phone], firstName: 'Anna', lastName: ' ', nationalId: null, customFields: { vehicle: 'VW', kept: '' } })]);
    expect(await ok(desk.api.get(`/contacts/${ana.id}`))).toMatchObject({ firstName: 'Anna', lastName: 'Pérez', customFields: { vehicle: 'VW', kept: 1 } });
  });

  it('reports the same on a dry run, and writes no row anywhere', async () => {
    const ana = await aContact(desk.api);
    await aConversation(desk, { contactId: ana.id });
    const phone = aPhone();
    const items = [
      anItem({}, { phones: [ana.phone], emails: ['ana@example.com'] }),
      anItem({}, { phones: [phone], nationalId: 'N1' }),
      anItem({}, { phones: [phone] }),
      anItem({}, { nationalId: 'N1', phones: [] }),
      anItem({ size: 38, userId: 'me' }),
      null,
    ];
    const before = await everything();
    const rehearsed = await bulkCreate(desk, items, { dryRun: true });
    expect(await everything()).toEqual(before);
    expect(rehearsed.message).toMatch(/^Dry run, nothing was written: 1 of 6 created, 3 skipped as duplicates, 2 failed$/);
    await expectError(desk.api.get(`/operations/${rehearsed.operationId}`), 404, 'OPERATION_NOT_FOUND');
    const { report } = await bulkCreate(desk, items);
    const withoutIds = ({ counts, itemsIssues }: BulkReport) => ({ counts, items: itemsIssues.map((item) => [item.index, sayings(item)]) });
    expect(withoutIds(rehearsed.report)).toEqual(withoutIds(report));
  });

  describe('reports', () => {
    it('stay readable under their operationId, for their tenant only', async () => {
      const result = await bulkCreate(desk, [anItem(), null, anItem({ ['x\0']: 1 })]);
      expect(await ok(desk.api.get(`/operations/${result.operationId}`))).toEqual({
        ...result,
        id: result.operationId,
        tenantId: desk.id,
        kind: 'conversations.bulkCreate',
        status: 'completed',
        createdAt: expect.any(String),
      });
      const theirs = await aTenant(running.app);
      await expectError(theirs.api.get(`/operations/${result.operationId}`), 404, 'OPERATION_NOT_FOUND');
      await expectError(desk.api.get('/operations/op_0'), 404, 'OPERATION_NOT_FOUND');
    });
  });

  describe('envelopes of which nothing can be tried', () => {
    const send = (body: unknown) => desk.api.post<BulkResult>('/conversations/bulk', body);
    const item = { funnelId: 1, contact: {} };

    it.each([
      ['without conversations', {}, 'conversations', 'REQUIRED_FIELD'],
      ['with null', { conversations: null }, 'conversations', 'REQUIRED_FIELD'],
      ['with no array', { conversations: { 0: item } }, 'conversations', 'INVALID_TYPE'],
      ['with text', { conversations: '[]' }, 'conversations', 'INVALID_TYPE'],
      ['that are empty', { conversations: [] }, 'conversations', 'EMPTY_BATCH'],
      ['of 10,001 items', { conversations: Array.from({ length: 10_001 }, () => null) }, 'conversations', 'BATCH_TOO_LARGE'],
      ['with an unknown onDuplicate', { conversations: [item], onDuplicate: 'update' }, 'onDuplicate', 'INVALID_VALUE'],
      ['with a dryRun that is no boolean', { conversations: [item], dryRun: 'yes' }, 'dryRun', 'INVALID_TYPE'],
    ])('%s are refused with a report', async (_case, body, field, code) => {
      const details = await expectError(send(body), 400, 'INVALID_BATCH');
      expect(details.fields).toEqual([{ path: field, code, message: expect.any(String) }]);
      expect(details.report).toEqual({
        itemsIssues: [],
        batchErrors: [{ field, code, message: expect.any(String) }],
        counts: { successful: 0, warnings: 0, duplicates: 0, errors: 0, total: 0 },
      });
      expect(await countRows('operations')).toBe(0);
    });

    it('over 20 MB are 413, and just below are taken', async () => {
      const raw = (bytes: number) => {
        const start = JSON.stringify({ conversations: [null] }).slice(0, -1);
        return `${start},"padding":"${'x'.repeat(bytes - start.length - 14)}"}`;
      };
      await expectError(desk.api.send('POST', '/conversations/bulk', { raw: raw(20_000_001) }), 413, 'PAYLOAD_TOO_LARGE');
      const taken = raw(20_000_000);
      expect(taken).toHaveLength(20_000_000);
      expect(await ok(desk.api.send<BulkResult>('POST', '/conversations/bulk', { raw: taken }))).toMatchObject({ report: { counts: { errors: 1 } } });
    });

    it('where every item fails it is 200 all the same', async () => {
      expect((await bulkCreate(desk, [null, 5])).report.counts).toMatchObject({ successful: 0, errors: 2 });
      expect(await countRows('operations')).toBe(1);
    });
  });
});
