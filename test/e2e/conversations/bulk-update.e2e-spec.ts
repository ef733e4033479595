import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import type { ConversationDto } from '../../../src/modules/conversations/dto/conversation.dto';
import type { BulkReport } from '../../../src/modules/operations/bulk-report';
import { aContact, aPhone } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { aTenant } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { type Desk, aConversation, aDesk, aFunnel, allSayings, bulkUpdate, everything, itemOf, sayings, useDesk } from './desk';

const NOT_LISTED = 'a success with nothing to say';

describe('BulkUpdate', () => {
  const running = useDesk();
  let desk: Desk;
  let one: ConversationDto;
  let two: ConversationDto;
  beforeEach(async () => {
    desk = running.desk;
    one = await aConversation(desk, { contact: { firstName: 'Ana', phones: [aPhone()] }, customFields: { kept: 1, gone: 2 } });
    two = await aConversation(desk, { contact: { firstName: 'Luz', phones: [aPhone()] } });
  });
  const again = ({ id }: ConversationDto) => ok(desk.api.get<ConversationDto>(`/conversations/${id}`));
  const contactOf = async (conversation: ConversationDto) => (await again(conversation)).contacts[0] as ContactDto;

  it('takes the documents’ own example, with ids that exist', async () => {
    const user = await aUser(desk.api);
    const properties = { property1: null, property2: null };
    const contact = {
      firstName: 'string',
      lastName: 'string',
      phones: [aPhone()],
      emails: ['string@example.com'],
      nationalId: 'string',
      companyPosition: 'string',
      customFields: properties,
      userId: user.id,
      id: one.contactId,
    };
    const item = {
      createdAt: '2019-08-24T14:15:22Z',
      userId: user.id,
      funnelStatusId: desk.statusIds[2],
      archivedAt: '2019-08-24T14:15:22Z',
      customFields: properties,
      id: one.id,
      contact,
    };
    const { report, message } = await bulkUpdate(desk, [item]);
    expect(report.counts).toMatchObject({ successful: 1, errors: 0 });
    expect(message).toBe('1 of 1 updated, 0 failed');
    const changed = await again(one);
    expect(changed).toMatchObject({
      createdAt: '2019-08-24T14:15:22.000Z',
      userId: user.id,
      funnelStatusId: desk.statusIds[2],
      archivedAt: '2019-08-24T14:15:22.000Z',
      customFields: one.customFields,
    });
    expect(changed.contacts[0]).toMatchObject({
      firstName: 'string',
      lastName: 'string',
      nationalId: 'string',
      companyPosition: 'string',
      userId: user.id,
      email: 'string@example.com',
      phone: one.contacts[0]?.phone,
    });
    expect(changed.contacts[0]?.addresses).toHaveLength(3);
    expect(await again(two)).toEqual(two);
  });

  it('changes the fields given, and no others: null clears, custom fields merge by key', async () => {
    const user = await aUser(desk.api);
    await bulkUpdate(desk, [
      { id: one.id, userId: user.id, archivedAt: '2026-01-01' },
      { id: two.id, userId: user.id, customFields: { added: { deep: [1] } } },
    ]);
    const { report } = await bulkUpdate(desk, [
      { id: two.id, userId: null },
      { id: one.id, archivedAt: null, customFields: { gone: null, added: true } },
    ]);
    expect(report.counts).toMatchObject({ successful: 2 });
    expect(await again(one)).toEqual({ ...one, userId: user.id, customFields: { kept: 1, added: true }, updatedAt: expect.any(String) });
    expect(await again(two)).toEqual({ ...two, customFields: { added: { deep: [1] } }, updatedAt: expect.any(String) });
  });

  it('changes contacts with what is not blank, and adds addresses', async () => {
    await bulkUpdate(desk, [
      { id: one.id, contact: { firstName: ' ', lastName: 'Pérez', emails: ['ana@example.com'], phones: [one.contacts[0]?.phone], customFields: { vehicle: 'Kia' } } },
      { id: two.id, contact: { id: two.contactId, firstName: 'Lucía', phones: [] } },
    ]);
    expect(await contactOf(one)).toMatchObject({ firstName: 'Ana', lastName: 'Pérez', email: 'ana@example.com', phone: one.contacts[0]?.phone, customFields: { vehicle: 'Kia' } });
    expect(await contactOf(two)).toMatchObject({ firstName: 'Lucía', phone: two.contacts[0]?.phone });
    expect(await countRows('contact_addresses')).toBe(3);
    expect(await ok(desk.api.get('/contacts', { searchBy: 'lucia' }))).toMatchObject({ totalCount: 1 });
  });

  it('changes a contact by several of its conversations, one after the other', async () => {
    const third = await aConversation(desk, { contactId: one.contactId });
    await bulkUpdate(desk, [
      { id: third.id, contact: { lastName: 'First', companyPosition: 'CEO' } },
      { id: one.id, contact: { lastName: 'Second' } },
    ]);
    expect(await contactOf(one)).toMatchObject({ lastName: 'Second', companyPosition: 'CEO' });
  });

  it('reports a messy batch exact to the item, and half-applies nothing', async () => {
    const theirs = await aDesk(running.app);
    const theirConversation = await aConversation(theirs);
    const other = await aFunnel(desk.api, 'Other');
    await aCustomField(desk.api, { fieldKey: 'price', fieldType: 'NUMBER', entityType: 'FUNNEL_CONVERSATION' });
    const stranger = await aContact(desk.api);
    const made: ConversationDto[] = [];
    for (let at = 0; at < 12; at++) made.push(await aConversation(desk, { contact: { phones: [aPhone()] } }));
    const ids = made.map(({ id }) => id);
    const shared = aPhone();

    const table: [item: unknown, ...sayings: string[]][] = [
      [null, 'INVALID_TYPE'],
      [5, 'INVALID_TYPE'],
      [[], 'INVALID_TYPE'],
      [{}, 'id REQUIRED_FIELD'],
      [{ id: 'one', userId: null }, 'id INVALID_TYPE'],
      [{ id: 999_999_999, userId: null }, 'id CONVERSATION_NOT_FOUND'],
      [{ id: theirConversation.id, userId: null }, 'id CONVERSATION_NOT_FOUND'],
      [{ id: ids[0] }, 'EMPTY_UPDATE'],
      [{ id: ids[1], contact: { firstName: ' ', phones: [], emails: null } }, 'EMPTY_UPDATE'],
      [
        { id: ids[2], clientRef: 'a', size: 38, funnelId: other.id, contactId: stranger.id },
        'EMPTY_UPDATE',
        '~size UNKNOWN_FIELD',
        '~funnelId UNKNOWN_FIELD',
        '~contactId UNKNOWN_FIELD',
      ],
      [{ id: ids[3], funnelStatusId: other.statuses[0]?.id, userId: 999_999_999 }, 'funnelStatusId STATUS_NOT_IN_FUNNEL', 'userId USER_NOT_FOUND'],
      [
        { id: ids[4], createdAt: '2999-01-01', archivedAt: 'never', customFields: { price: 'much' } },
        'createdAt INVALID_DATE',
        'archivedAt INVALID_DATE',
        'customFields.price INVALID_CUSTOM_FIELD_VALUE',
      ],
      [
        { id: ids[5], archivedAt: '2026-01-01', contact: { firstName: 'X', phones: ['123'], userId: 999_999_999 } },
        'contact.phones[0] INVALID_PHONE',
        'contact.userId USER_NOT_FOUND',
      ],
      [{ id: ids[6], archivedAt: '2026-01-01', contact: { id: stranger.id, firstName: 'X' } }, 'contact.id INVALID_VALUE'],
      [{ id: ids[7], archivedAt: '2026-01-01', contact: { firstName: 'X', emails: ['x@example.com'], phones: [stranger.phone] } }, 'contact ADDRESS_CONFLICT'],
      [{ id: ids[8], contact: { phones: [shared] } }, NOT_LISTED],
      [{ id: ids[9], contact: { firstName: 'X', phones: [shared] } }, 'contact ADDRESS_CONFLICT'],
      [{ id: ids[8], archivedAt: '2026-01-01' }, 'id DUPLICATE_IN_BATCH'],
      [
        { id: ids[10], archivedAt: '2026-01-01', customFields: { vehicle: 'x' }, contact: { shoe: 38, firstName: 'Y' } },
        '~customFields.vehicle UNKNOWN_CUSTOM_FIELD',
        '~contact.shoe UNKNOWN_FIELD',
      ],
      [{ id: ids[11], funnelStatusId: null, contact: {} }, NOT_LISTED],
    ];
    const { report } = await bulkUpdate(
      desk,
      table.map(([item]) => item),
    );
    expect(allSayings(report)).toEqual(Object.fromEntries(table.flatMap(([, ...said], index) => (said[0] === NOT_LISTED ? [] : [[index, said]]))));
    expect(report.counts).toEqual({ successful: 3, warnings: 2, duplicates: 0, errors: table.length - 3, total: table.length });
    expect(report.itemsIssues.map(({ itemId, index }) => [index, itemId])).toContainEqual([9, ids[2]]);
    expect(itemOf(report, 9).clientRef).toBe('a');
    expect(itemOf(report, 17).errors[0]?.context).toEqual({ index: 15 });
    expect(itemOf(report, 14).errors[0]?.context).toEqual({ address: stranger.phone, contactId: stranger.id });

    for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 9]) expect(await again(made[at] as ConversationDto)).toEqual(made[at]);
    expect(await again(made[8] as ConversationDto)).toMatchObject({ archivedAt: null });
    expect(await contactOf(made[8] as ConversationDto)).toMatchObject({ addresses: [{}, { address: shared }] });
    expect(await again(made[10] as ConversationDto)).toMatchObject({ archivedAt: '2026-01-01T00:00:00.000Z', contacts: [{ firstName: 'Y' }], customFields: { vehicle: 'x' } });
    expect(await again(made[11] as ConversationDto)).toMatchObject({ funnelStatusId: null });
    expect(await again(theirConversation).catch(() => 'not there')).toBe('not there');
    expect(await ok(theirs.api.get(`/conversations/${theirConversation.id}`))).toEqual(theirConversation);
  });

  it('lets text that cannot be stored harm no neighbour', async () => {
    const { report } = await bulkUpdate(desk, [
      { id: one.id, contact: { firstName: 'a\0' }, customFields: { x: '\ud83d' } },
      { id: two.id, contact: { firstName: '👍' } },
    ]);
    expect(sayings(itemOf(report, 0)).sort()).toEqual(['contact.firstName INVALID_VALUE', 'customFields.x INVALID_VALUE', '~customFields.x UNKNOWN_CUSTOM_FIELD']);
    expect(await again(one)).toEqual(one);
    expect(await contactOf(two)).toMatchObject({ firstName: '👍' });
  });

  it('gives a conversation whose contact was deleted another, by id or by an address of theirs', async () => {
    const [byId, byAddress] = [await aContact(desk.api), await aContact(desk.api)];
    for (const { contactId } of [one, two]) await ok(desk.api.delete(`/contacts/${contactId}`));
    const { report } = await bulkUpdate(desk, [
      { id: one.id, contact: { id: byId.id } },
      { id: two.id, contact: { phones: [byAddress.phone], lastName: 'Changed' } },
    ]);
    expect(report.counts).toMatchObject({ successful: 2 });
    expect(await again(one)).toMatchObject({ contactId: byId.id, contacts: [byId] });
    expect(await again(two)).toMatchObject({ contactId: byAddress.id, contacts: [{ lastName: 'Changed' }] });
  });

  it('names all whom an item of a conversation without contact could mean', async () => {
    const [ana, luz] = [await aContact(desk.api), await aContact(desk.api)];
    await ok(desk.api.delete(`/contacts/${one.contactId}`));
    const { report } = await bulkUpdate(desk, [{ id: one.id, contact: { phones: [ana.phone, luz.phone] } }, { id: two.id, contact: { phones: [luz.phone] } }]);
    expect(allSayings(report)).toEqual({ 0: ['contact AMBIGUOUS_CONTACT'], 1: ['contact ADDRESS_CONFLICT'] });
    const by = ({ id, phone: address }: typeof ana) => ({ id, matchedBy: [{ channelType: 'PHONE', address }] });
    expect(itemOf(report, 0).existingEntities).toEqual({ contacts: [by(ana), by(luz)], conversations: [] });
    expect(itemOf(report, 1).existingEntities).toEqual({ contacts: [by(luz)], conversations: [] });
  });

  it('makes nobody, where the contact was deleted and is not known', async () => {
    await ok(desk.api.delete(`/contacts/${one.contactId}`));
    const { report } = await bulkUpdate(desk, [
      { id: one.id, contact: { phones: [aPhone()] } },
      { id: two.id, contact: { id: 999_999_999 } },
    ]);
    expect(allSayings(report)).toEqual({ 0: ['contact.id CONTACT_REQUIRED'], 1: ['contact.id INVALID_VALUE'] });
    expect(await countRows('contacts')).toBe(1);
  });

  it('reports the same on a dry run, and writes no row anywhere', async () => {
    const items = [
      { id: one.id, archivedAt: '2026-01-01', contact: { emails: ['a@example.com'] } },
      { id: two.id, contact: { emails: ['a@example.com'] } },
      { id: one.id, userId: null },
      null,
      { id: two.id + 1, size: 1 },
    ];
    const before = await everything();
    const rehearsed = await bulkUpdate(desk, items, { dryRun: true });
    expect(await everything()).toEqual(before);
    expect(rehearsed.message).toBe('Dry run, nothing was written: 1 of 5 updated, 4 failed');
    await expectError(desk.api.get(`/operations/${rehearsed.operationId}`), 404, 'OPERATION_NOT_FOUND');
    const told = ({ counts, itemsIssues }: BulkReport) => ({ counts, items: itemsIssues.map((item) => [item.index, sayings(item)]) });
    expect(told(rehearsed.report)).toEqual(told((await bulkUpdate(desk, items)).report));
  });

  it('keeps its report under its operationId', async () => {
    const result = await bulkUpdate(desk, [{ id: one.id, userId: null }, null]);
    expect(await ok(desk.api.get(`/operations/${result.operationId}`))).toMatchObject({ ...result, kind: 'conversations.bulkUpdate', status: 'completed' });
    await expectError((await aTenant(running.app)).api.get(`/operations/${result.operationId}`), 404, 'OPERATION_NOT_FOUND');
  });

  it.each([
    [{}, 'REQUIRED_FIELD'],
    [{ conversations: {} }, 'INVALID_TYPE'],
    [{ conversations: [] }, 'EMPTY_BATCH'],
    [{ conversations: Array.from({ length: 10_001 }, () => null) }, 'BATCH_TOO_LARGE'],
  ])('refuses an envelope of which nothing can be tried (%#: %s)', async (body, code) => {
    const details = await expectError(desk.api.put('/conversations/bulk', body), 400, 'INVALID_BATCH');
    expect(details.report).toMatchObject({ batchErrors: [{ field: 'conversations', code }], counts: { total: 0 } });
  });

  it('over 20 MB is 413', async () => {
    const raw = `{"conversations":[{"id":${one.id},"archivedAt":"2026-01-01","x":"${'x'.repeat(20_000_000)}"}]}`;
    await expectError(desk.api.send('PUT', '/conversations/bulk', { raw }), 413, 'PAYLOAD_TOO_LARGE');
    expect(await sql('SELECT archived_at FROM conversations WHERE id = $1', [one.id])).toEqual([{ archived_at: null }]);
  });
});
