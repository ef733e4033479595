import type { CallDto } from '../../../src/modules/calls/dto/call.dto';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact, aPhone } from '../../factories/contacts';
import { aPhoneNumber } from '../../factories/connections';
import { aVoiceAgent } from '../../factories/voice-agents';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { aConversation, bulkCreate, type Desk, useDesk } from '../conversations/desk';

jest.setTimeout(120_000);

const ROUNDS = 30;

describe('races of contacts', () => {
  const running = useDesk();
  let desk: Desk;
  beforeEach(() => {
    desk = running.desk;
  });

  const withPhone = (address: string) => ({ addresses: [{ channelType: 'PHONE', address }] });

  it('whose addresses change while bulk requests name them are found by those that they have', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [before, after] = [aPhone(), aPhone()];
      const { id } = await aContact(desk.api, withPhone(before));
      const items = (at: number) => [{ funnelId: desk.funnel.id, contactId: id, contact: { companyPosition: `Nr ${at}`, emails: [`r${round}-${at}@example.com`] } }];
      const change = (address: string) => ok(desk.api.put<ContactDto>(`/contacts/${id}`, { phone: address }));
      const results = await Promise.all([change(after), ...[0, 1, 2].map((at) => bulkCreate(desk, items(at), { onDuplicate: 'create' }))]);
      for (const result of results.slice(1)) expect(result).toMatchObject({ report: { counts: { errors: 0 } } });
      const [row] = await sql<{ text: string; addresses: string[] }>(
        'SELECT search_text AS text, ARRAY(SELECT address FROM contact_addresses a WHERE a.contact_id = c.id ORDER BY 1) AS addresses FROM contacts c WHERE id = $1',
        [id],
      );
      expect(row?.addresses).toEqual([after, ...[0, 1, 2].map((at) => `r${round}-${at}@example.com`)].sort());
      for (const address of row?.addresses ?? []) expect(row?.text).toContain(address);
      expect(row?.text).not.toContain(before);
    }
  });

  it('who are forgotten while they are called, written about or taken into funnels leave nothing of that', async () => {
    await aPhoneNumber(desk.api);
    const agent = await aVoiceAgent(desk.api);
    await ok(desk.api.get('/dialer'));
    for (let round = 0; round < ROUNDS; round++) {
      const to = aPhone();
      const { id } = await aContact(desk.api, withPhone(to));
      const starts = Array.from({ length: 4 }, () => ok(desk.api.post<CallDto>('/calls/agent', { voiceAgentId: agent.id, to, contextVariables: {} })));
      const [, note, ...calls] = await Promise.all([ok(desk.api.delete(`/contacts/${id}`, { erase: true })), desk.api.post(`/contacts/${id}/notes`, { text: 'note' }), ...starts]);
      expect([200, 404]).toContain(note.status);
      // One that was made after it is a call to a number that nobody has here.
      for (const call of calls) if (call.contactId !== null) expect(await countRows('calls', 'id = $1', [call.id])).toBe(0);
    }
  });

  it('of two who give one conversation a contact, one does', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id, contactId } = await aConversation(desk);
      await ok(desk.api.delete(`/contacts/${contactId}`));
      const people = await Promise.all([1, 2, 3].map(() => aContact(desk.api)));
      const answers = await Promise.all(people.map((person) => desk.api.put<{ contactId: number }>(`/conversations/${id}`, { contact: { id: person.id } })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
      const winner = answers.find(({ status }) => status === 200)?.body.contactId;
      expect(await sql('SELECT contact_id FROM conversations WHERE id = $1', [id])).toEqual([{ contact_id: winner }]);
    }
  });
});
