import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import type { ConversationDto, ConversationPageDto } from '../../../src/modules/conversations/dto/conversation.dto';
import { aContact, aPhone } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { aTenant } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { type Desk, aConversation, aDesk, aFunnel, everything, rowCounts, useDesk } from './desk';

describe('conversations', () => {
  const running = useDesk();
  let desk: Desk;
  beforeEach(() => {
    desk = running.desk;
  });
  const create = (body: Record<string, unknown>) => desk.api.post<ConversationDto>('/conversations', { funnelId: desk.funnel.id, ...body });

  describe('Create', () => {
    it('takes the documents’ own example, with ids that exist', async () => {
      const user = await aUser(desk.api);
      const contact = await aContact(desk.api);
      const answer = await ok(
        create({
          createdAt: '2019-08-24T14:15:22Z',
          userId: user.id,
          funnelStatusId: desk.statusIds[1],
          archivedAt: '2019-08-24T14:15:22Z',
          customFields: { property1: null, property2: null },
          contactId: contact.id,
          contact: {
            firstName: 'string',
            lastName: 'string',
            phones: [aPhone()],
            emails: ['string@example.com'],
            nationalId: 'string',
            companyPosition: 'string',
            customFields: { property1: null, property2: null },
            userId: user.id,
          },
        }),
      );
      expect(answer).toMatchObject({
        tenantId: desk.id,
        contactId: contact.id,
        userId: user.id,
        funnelId: desk.funnel.id,
        funnelStatusId: desk.statusIds[1],
        archivedAt: '2019-08-24T14:15:22.000Z',
        createdAt: '2019-08-24T14:15:22.000Z',
        customFields: {},
        contacts: [
          {
            id: contact.id,
            firstName: 'string',
            lastName: 'string',
            nationalId: 'string',
            companyPosition: 'string',
            userId: user.id,
            customFields: {},
            email: 'string@example.com',
          },
        ],
      });
      expect(answer.contacts[0]?.addresses).toHaveLength(3);
      expect(await ok(desk.api.get(`/conversations/${answer.id}`))).toEqual(answer);
      expect(await ok(desk.api.get(`/contacts/${contact.id}`))).toEqual(answer.contacts[0]);
      expect(await rowCounts()).toEqual({ contacts: 1, addresses: 3, conversations: 1, sessions: 2 });
    });

    it('makes a new contact, and starts one session for each of its channels', async () => {
      const phone = aPhone();
      const answer = await ok(create({ contact: { firstName: ' Ana ', lastName: '', phones: [phone, aPhone()], emails: ['Ana@Example.com', ''], companyPosition: null } }));
      const [contact] = answer.contacts;
      expect(contact).toMatchObject({ firstName: 'Ana', lastName: null, companyPosition: null, phone, email: 'ana@example.com' });
      expect(answer).toMatchObject({ contactId: contact?.id, userId: null, archivedAt: null, funnelStatusId: desk.statusIds[0], customFields: {} });
      expect(answer.channelSessions).toEqual(
        [
          ['PHONE', contact?.addresses[0]?.id],
          ['EMAIL', contact?.addresses[2]?.id],
        ].map(([channelType, contactAddressId]) => ({
          id: expect.any(Number),
          tenantId: desk.id,
          funnelConversationId: answer.id,
          funnelAddressId: null,
          contactAddressId,
          archivedAt: null,
          startTime: answer.createdAt,
          endTime: null,
          channelType,
          messagingConversationId: null,
          createdAt: expect.any(String),
          updatedAt: expect.any(String),
        })),
      );
      expect(await sql('SELECT channel_type, contact_address_id FROM channel_sessions ORDER BY id')).toEqual(
        answer.channelSessions.map(({ channelType, contactAddressId }) => ({ channel_type: channelType, contact_address_id: contactAddressId })),
      );
    });

    it('matches a contact by its address and changes it with what is not blank', async () => {
      const phone = aPhone();
      const contact = await aContact(desk.api, {
        firstName: 'Ana',
        lastName: 'Pérez',
        companyPosition: 'CEO',
        addresses: [{ channelType: 'WHATSAPP', address: phone }],
        customFields: { kept: 1 },
      });
      const answer = await ok(
        create({ contact: { firstName: 'Anna', lastName: ' ', phones: [phone], emails: ['ana@example.com'], customFields: { vehicle: 'Kia', kept: null } } }),
      );
      expect(answer.contactId).toBe(contact.id);
      expect(answer.contacts[0]).toMatchObject({ firstName: 'Anna', lastName: 'Pérez', companyPosition: 'CEO', customFields: { kept: 1, vehicle: 'Kia' } });
      // PHONE and WHATSAPP of one number are one identity: it is known already, on its own channel.
      expect(answer.contacts[0]?.addresses.map(({ channelType, address }) => [channelType, address])).toEqual([
        ['WHATSAPP', phone],
        ['EMAIL', 'ana@example.com'],
      ]);
      expect(answer.channelSessions.map(({ channelType }) => channelType)).toEqual(['WHATSAPP', 'EMAIL']);
      expect(await countRows('contacts')).toBe(1);
    });

    it('matches by nationalId where no address does, and finds the changed contact at once', async () => {
      const contact = await aContact(desk.api, { nationalId: 'PEPJ800101' });
      const answer = await ok(create({ contact: { nationalId: ' PEPJ800101 ', emails: ['nueva@example.com'] } }));
      expect(answer.contactId).toBe(contact.id);
      expect(await ok(desk.api.get('/contacts', { searchBy: 'nueva@' }))).toMatchObject({ totalCount: 1, items: [{ id: contact.id }] });
    });

    it('starts sessions on all channels of a contact that is given by id', async () => {
      const contact = await aContact(desk.api, {
        addresses: [
          { channelType: 'EMAIL', address: 'a@example.com' },
          { channelType: 'WHATSAPP', address: aPhone() },
          { channelType: 'EMAIL', address: 'b@example.com' },
        ],
      });
      const answer = await ok(create({ contactId: contact.id }));
      expect(answer.contacts).toEqual([contact]);
      expect(answer.channelSessions.map(({ contactAddressId }) => contactAddressId)).toEqual([contact.addresses[0]?.id, contact.addresses[1]?.id]);
    });

    it('always creates, also where the contact has a conversation in that funnel', async () => {
      const contact = await aContact(desk.api);
      const first = await ok(create({ contactId: contact.id }));
      const second = await ok(create({ contactId: contact.id }));
      expect(second.id).not.toBe(first.id);
      expect(await countRows('conversations', 'contact_id = $1', [contact.id])).toBe(2);
    });

    it('refuses addresses of two people, and changes neither', async () => {
      const [one, other] = [await aContact(desk.api), await aContact(desk.api)];
      const before = await everything();
      const details = await expectError(create({ contact: { firstName: 'X', phones: [one.phone, other.phone], emails: ['new@example.com'] } }), 400, 'AMBIGUOUS_CONTACT');
      expect(details.contactIds).toEqual([one.id, other.id]);
      expect(details.contacts).toEqual([one, other].map(({ id, phone }) => ({ id, matchedBy: [{ channelType: 'PHONE', address: phone }] })));
      expect(await everything()).toEqual(before);
    });

    it('refuses a nationalId that two people share', async () => {
      const contacts = [await aContact(desk.api, { nationalId: 'N1' }), await aContact(desk.api, { nationalId: 'N1' })];
      const details = await expectError(create({ contact: { nationalId: 'N1' } }), 400, 'AMBIGUOUS_CONTACT');
      expect(details.contactIds).toEqual(contacts.map(({ id }) => id));
      expect(details.contacts).toEqual(contacts.map(({ id }) => ({ id, matchedBy: ['nationalId'] })));
    });

    it('refuses to give a contact the address of another', async () => {
      const [one, other] = [await aContact(desk.api), await aContact(desk.api)];
      const before = await everything();
      const details = await expectError(create({ contactId: one.id, contact: { firstName: 'X', phones: [other.phone] } }), 409, 'ADDRESS_ALREADY_EXISTS');
      expect(details).toMatchObject({ contactId: other.id, address: other.phone });
      expect(await everything()).toEqual(before);
    });

    it('answers 404 to a funnel, user or contact that is unknown or another tenant’s', async () => {
      const theirs = await aDesk(running.app);
      const [theirUser, theirContact] = [await aUser(theirs.api), await aContact(theirs.api)];
      const contact = { firstName: 'Ana' };
      for (const funnelId of [999_999_999, theirs.funnel.id]) await expectError(create({ funnelId, contact }), 404, 'FUNNEL_NOT_FOUND');
      for (const userId of [999_999_999, theirUser.id]) {
        await expectError(create({ userId, contact }), 404, 'USER_NOT_FOUND');
        await expectError(create({ contact: { ...contact, userId } }), 404, 'USER_NOT_FOUND');
      }
      for (const contactId of [999_999_999, theirContact.id]) await expectError(create({ contactId }), 404, 'CONTACT_NOT_FOUND');
      expect(await rowCounts()).toMatchObject({ contacts: 1, conversations: 0 });
    });

    it('does not match the contact of another tenant', async () => {
      const theirs = await aTenant(running.app);
      const contact = await aContact(theirs.api, { nationalId: 'N1' });
      const answer = await ok(create({ contact: { phones: [contact.phone], nationalId: 'N1', firstName: 'Mine' } }));
      expect(answer.contactId).not.toBe(contact.id);
      expect(await ok(theirs.api.get(`/contacts/${contact.id}`))).toEqual(contact);
    });

    it('refuses a status of another funnel', async () => {
      const other = await aFunnel(desk.api, 'Other');
      for (const funnelStatusId of [other.statuses[0]?.id, 999_999_999]) await expectFaults(create({ funnelStatusId, contact: {} }), { funnelStatusId: 'STATUS_NOT_IN_FUNNEL' });
    });

    it('takes createdAt in the past, forgives clocks that differ, and refuses the future', async () => {
      const soon = new Date(Date.now() + 30_000).toISOString();
      expect(await ok(create({ contact: {}, createdAt: '1999-12-31' }))).toMatchObject({ createdAt: '1999-12-31T00:00:00.000Z' });
      expect(await ok(create({ contact: {}, createdAt: soon }))).toMatchObject({ createdAt: soon });
      await expectFaults(create({ contact: {}, createdAt: new Date(Date.now() + 3_600_000).toISOString() }), { createdAt: 'INVALID_DATE' });
      await expectFaults(create({ contact: {}, createdAt: '2026-02-30' }), { createdAt: 'INVALID_DATE' });
    });

    it('gives old dates back as they were sent', async () => {
      for (const createdAt of ['0101-01-01T00:00:00.000Z', '1899-12-31T23:59:59.999Z']) expect(await ok(create({ contact: {}, createdAt }))).toMatchObject({ createdAt });
      expect((await ok(desk.api.get<ConversationPageDto>('/conversations', { sortBy: 'createdAt=asc' }))).items.map(({ createdAt }) => createdAt)).toEqual([
        '0101-01-01T00:00:00.000Z',
        '1899-12-31T23:59:59.999Z',
      ]);
    });

    it('names all that is wrong at once', async () => {
      const before = await everything();
      await aCustomField(desk.api, { fieldKey: 'price', fieldType: 'NUMBER', entityType: 'FUNNEL_CONVERSATION' });
      await aCustomField(desk.api, { fieldKey: 'color', options: ['red'] });
      await expectFaults(
        desk.api.post('/conversations', {
          funnelId: 'one',
          userId: 999_999_999,
          createdAt: 'yesterday',
          archivedAt: 5,
          customFields: { price: 'much' },
          contact: { firstName: 7, lastName: 'x'.repeat(256), nationalId: 'x'.repeat(65), phones: ['+525512345678', '123'], emails: ['nobody'], customFields: { color: 'blue' } },
        }),
        {
          funnelId: 'INVALID_TYPE',
          userId: 'USER_NOT_FOUND',
          createdAt: 'INVALID_DATE',
          archivedAt: 'INVALID_DATE',
          'customFields.price': 'INVALID_CUSTOM_FIELD_VALUE',
          'contact.firstName': 'INVALID_TYPE',
          'contact.lastName': 'VALUE_TOO_LONG',
          'contact.nationalId': 'VALUE_TOO_LONG',
          'contact.phones[1]': 'INVALID_PHONE',
          'contact.emails[0]': 'INVALID_EMAIL',
          'contact.customFields.color': 'OPTION_NOT_FOUND',
        },
      );
      await expectFaults(desk.api.post('/conversations', {}), { funnelId: 'REQUIRED_FIELD', contact: 'CONTACT_REQUIRED' });
      await expectFaults(desk.api.post('/conversations', []), { body: 'INVALID_TYPE' });
      await expectError(create({ contact: {}, tenantId: '0' }), 403, 'OTHER_TENANT');
      expect(await everything()).toEqual(before);
    });
  });

  describe('lists', () => {
    const idsOf = async (query: Record<string, string | number>) =>
      (await ok(desk.api.get<ConversationPageDto>('/conversations', query))).items.map(({ id }) => id).sort((one, other) => one - other);

    it('filter by funnel, status, contact, user, archive and custom fields', async () => {
      const other = await aFunnel(desk.api, 'Other');
      const user = await aUser(desk.api);
      const plain = await aConversation(desk, { customFields: { vehicle: 'Kia' } });
      const won = await aConversation(desk, { funnelStatusId: desk.statusIds[1], userId: user.id, contactId: plain.contactId });
      const archived = await aConversation(desk, { funnelId: other.id, archivedAt: '2026-01-01T00:00:00Z', customFields: { vehicle: 'VW' } });
      expect(await idsOf({ filterBy: `funnelId:${desk.funnel.id}` })).toEqual([plain.id, won.id]);
      expect(await idsOf({ filterBy: `funnelStatusId:${desk.statusIds[1]}` })).toEqual([won.id]);
      expect(await idsOf({ filterBy: `contactId:${plain.contactId}` })).toEqual([plain.id, won.id]);
      expect(await idsOf({ filterBy: `userId:${user.id}` })).toEqual([won.id]);
      expect(await idsOf({ filterBy: 'archived:true' })).toEqual([archived.id]);
      expect(await idsOf({ filterBy: 'archived:false' })).toEqual([plain.id, won.id]);
      expect(await idsOf({ filterBy: 'customFields.vehicle:Kia,VW' })).toEqual([plain.id, archived.id]);
      expect(await idsOf({ filterBy: `customFields.vehicle:Kia,VW;funnelId:${other.id}` })).toEqual([archived.id]);
      expect(await idsOf({ filterBy: 'funnelId:999999999' })).toEqual([]);
      await expectFaults(desk.api.get('/conversations', { filterBy: 'shoeSize:38' }), { filterBy: 'UNKNOWN_FIELD' });
    });

    it('search the people they are with', async () => {
      const found = await aConversation(desk, { contact: { firstName: 'Íñigo', phones: ['+525512345678'] } });
      await aConversation(desk);
      for (const searchBy of ['inigo', '5512345678']) expect(await idsOf({ searchBy })).toEqual([found.id]);
    });

    it('give each conversation as a get does, in pages that neither repeat nor skip', async () => {
      const made: ConversationDto[] = [];
      for (let at = 0; at < 7; at++) made.push(await aConversation(desk, { createdAt: `2026-01-0${1 + Math.floor(at / 2)}`, contact: { phones: [aPhone()] } }));
      const seen: ConversationDto[] = [];
      for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
        const page = await ok(desk.api.get<ConversationPageDto>('/conversations', { pageSize: 2, pageToken, sortBy: 'createdAt=asc' }));
        if (seen.length === 0) await aConversation(desk, { createdAt: '2020-01-01' }); // before all that is still to come
        seen.push(...page.items);
        pageToken = page.nextPageToken ?? undefined;
      }
      expect(seen).toEqual(made);
      await expectError(desk.api.get('/conversations', { pageToken: 'x' }), 400, 'INVALID_PAGE_TOKEN');
    });

    it('show nothing of another tenant', async () => {
      const conversation = await aConversation(desk);
      const theirs = await aTenant(running.app);
      expect(await ok(theirs.api.get('/conversations'))).toEqual({ items: [], totalCount: 0 });
      await expectError(theirs.api.get(`/conversations/${conversation.id}`), 404, 'CONVERSATION_NOT_FOUND');
      await expectError(theirs.api.put(`/conversations/${conversation.id}`, { archivedAt: '2026-01-01' }), 404, 'CONVERSATION_NOT_FOUND');
      expect(await ok(desk.api.get(`/conversations/${conversation.id}`))).toEqual(conversation);
    });
  });

  describe('PUT', () => {
    let conversation: ConversationDto;
    beforeEach(async () => {
      conversation = await aConversation(desk, { contact: { firstName: 'Ana', phones: [aPhone()] }, customFields: { kept: 1, gone: 2 } });
    });
    const put = (body: Record<string, unknown>) => desk.api.put<ConversationDto>(`/conversations/${conversation.id}`, body);

    it('changes the fields given, and no others', async () => {
      const user = await aUser(desk.api);
      const changed = await ok(put({ userId: user.id, funnelStatusId: desk.statusIds[2], archivedAt: '2026-01-01T00:00:00Z', customFields: { gone: null, added: [3] } }));
      expect(changed).toEqual({
        ...conversation,
        userId: user.id,
        funnelStatusId: desk.statusIds[2],
        archivedAt: '2026-01-01T00:00:00.000Z',
        customFields: { kept: 1, added: [3] },
        updatedAt: expect.any(String),
      });
      expect(await ok(put({ userId: null, archivedAt: null }))).toMatchObject({ userId: null, archivedAt: null, funnelStatusId: desk.statusIds[2] });
    });

    it('changes the contact, and what it leaves blank stays', async () => {
      const changed = await ok(put({ contact: { firstName: '', lastName: 'Pérez', emails: ['ana@example.com'] } }));
      expect(changed.contacts[0]).toMatchObject({
        id: conversation.contactId,
        firstName: 'Ana',
        lastName: 'Pérez',
        email: 'ana@example.com',
        phone: conversation.contacts[0]?.phone,
      });
    });

    it('may be sent what was read, and changes nothing then', async () => {
      expect(await ok(put({ ...conversation }))).toEqual({ ...conversation, updatedAt: expect.any(String) });
      expect(await ok(put({}))).toMatchObject({ id: conversation.id });
      expect(await ok(put({ createdAt: '2001-01-01', updatedAt: '2001-01-01' }))).toMatchObject({ createdAt: conversation.createdAt });
      await expectFaults(put({ id: conversation.id + 1 }), { id: 'INVALID_VALUE' });
      await expectError(put({ tenantId: '0' }), 403, 'OTHER_TENANT');
    });

    it('is refused with all that is wrong, and then nothing changes', async () => {
      const other = await aContact(desk.api);
      const before = await everything();
      await expectFaults(put({ userId: 'me', funnelStatusId: 999_999_999, contact: { id: other.id, phones: ['123'] } }), {
        userId: 'INVALID_TYPE',
        funnelStatusId: 'STATUS_NOT_IN_FUNNEL',
        'contact.id': 'INVALID_VALUE',
        'contact.phones[0]': 'INVALID_PHONE',
      });
      await expectError(put({ archivedAt: '2026-01-01', contact: { phones: [other.phone] } }), 409, 'ADDRESS_ALREADY_EXISTS');
      await expectError(put({ userId: 999_999_999 }), 404, 'USER_NOT_FOUND');
      await expectError(desk.api.put('/conversations/999999999', { userId: null }), 404, 'CONVERSATION_NOT_FOUND');
      await expectError(desk.api.put('/conversations/999999999', {}), 404, 'CONVERSATION_NOT_FOUND');
      expect(await everything()).toEqual(before);
    });
  });

  it('outlive their contact, and may then be given another', async () => {
    const conversation = await aConversation(desk, { contact: { phones: [aPhone()] } });
    await ok(desk.api.delete<ContactDto>(`/contacts/${conversation.contactId}`));
    const alone = await ok(desk.api.get<ConversationDto>(`/conversations/${conversation.id}`));
    expect(alone).toMatchObject({ contactId: null, contacts: [], channelSessions: [{ contactAddressId: null }] });
    const other = await aContact(desk.api);
    expect(await ok(desk.api.put(`/conversations/${conversation.id}`, { contact: { id: other.id } }))).toMatchObject({ contactId: other.id });
  });
});
