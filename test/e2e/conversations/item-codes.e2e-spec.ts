import type { BulkReport } from '../../../src/modules/operations/bulk-report';
import { aCustomField } from '../../factories/custom-fields';
import { aPhone } from '../../factories/contacts';
import { FILES, sendFile } from '../../factories/files';
import { aTenant } from '../../factories/tenants';
import { expectFaults, ok } from '../../support/answers';
import { statementsOf } from '../../support/database';
import { aCallCentre } from '../calls/call-centre';
import { type Desk, aConversation, aDesk, allSayings, bulkCreate, bulkUpdate, useDesk } from './desk';

/** One fault, one code: in whichever bulk it stands. */
describe('the codes of items', () => {
  const running = useDesk();

  /** Reads one item of each bulk that has a place for the field. */
  const everywhere = async (desk: Desk, field: Record<string, unknown>): Promise<Record<string, string[] | undefined>> => {
    const { voiceAgentId, api } = await aCallCentre(running.app);
    const conversation = await aConversation(desk);
    const calls = await ok(api.post<{ report: BulkReport }>('/calls/agent/bulk', { voiceAgentId, calls: [{ to: aPhone(), ...field }] }));
    const created = await bulkCreate(desk, [{ funnelId: desk.funnel.id, contact: { phones: [aPhone()] }, ...field }]);
    const updated = await bulkUpdate(desk, [{ id: conversation.id, archivedAt: null, ...field }]);
    return { calls: allSayings(calls.report)[0], created: allSayings(created.report)[0], updated: allSayings(updated.report)[0] };
  };

  it.each<[string, unknown, string | undefined]>([
    ['clientRef', 'x'.repeat(128), undefined],
    ['clientRef', 'x'.repeat(129), 'clientRef VALUE_TOO_LONG'],
    ['clientRef', 7, 'clientRef INVALID_TYPE'],
    ['clientRef', ['a'], 'clientRef INVALID_TYPE'],
    ['clientRef', { a: 1 }, 'clientRef INVALID_TYPE'],
    ['clientRef', 'a\0', 'clientRef INVALID_VALUE'],
    ['clientRef', null, undefined],
    ['shoe', 38, '~shoe UNKNOWN_FIELD'],
  ])('are the same for %s %j in all bulks', async (key, value, said) => {
    const expected = said === undefined ? undefined : [said];
    expect(await everywhere(running.desk, { [key]: value })).toEqual({ calls: expected, created: expected, updated: expected });
  });

  it('are those of conversations in calls, for objects and for addresses', async () => {
    const { voiceAgentId, api } = await aCallCentre(running.app);
    const to = aPhone();
    const table: [unknown, ...string[]][] = [
      [[], 'INVALID_TYPE'],
      ['text', 'INVALID_TYPE'],
      [null, 'INVALID_TYPE'],
      [{}, 'to REQUIRED_FIELD'],
      [{ to: '  ' }, 'to REQUIRED_FIELD'],
      [{ to: 525512345678 }, 'to INVALID_TYPE'],
      [{ to: [to] }, 'to INVALID_TYPE'],
      [{ to: 'x' }, 'to INVALID_PHONE'],
      [{ to: '5'.repeat(321) }, 'to VALUE_TOO_LONG'],
      [{ to: `${to}\0` }, 'to INVALID_VALUE'],
      [{ to: aPhone(), contextVariables: [], customData: 'x' }, 'contextVariables INVALID_TYPE', 'customData INVALID_TYPE'],
      [{ to: aPhone(), contextVariables: { a: ['\0'] } }, 'contextVariables.a[0] INVALID_VALUE'],
      [{ contextVariables: 1, clientRef: 1 }, 'clientRef INVALID_TYPE', 'contextVariables INVALID_TYPE', 'to REQUIRED_FIELD'],
    ];
    const { report } = await ok(api.post<{ report: BulkReport }>('/calls/agent/bulk', { voiceAgentId, calls: [...table.map(([item]) => item), { to: aPhone(), contextVariables: null, customData: null }] }));
    expect(allSayings(report)).toEqual(Object.fromEntries(table.map(([, ...said], index) => [index, said])));
    expect(report.counts).toMatchObject({ successful: 1, errors: table.length });
    await expectFaults(api.post('/calls/agent/bulk', { calls: [{ to }] }), { voiceAgentId: 'REQUIRED_FIELD' });
    await expectFaults(api.post('/calls/agent/bulk', { voiceAgentId: 'x', calls: [{ to }] }), { voiceAgentId: 'INVALID_TYPE' });
  });

  describe('of custom fields that are files', () => {
    const theirs = async () => (await ok(sendFile((await aTenant(running.app)).api, FILES.pdf))).fileId;
    const NO_FILE = 'file_000000000000000000000000x';

    it('let in files of the tenant, and no others, wherever they stand', async () => {
      const { desk } = running;
      await aCustomField(desk.api, { fieldKey: 'ine', fieldType: 'FILE', entityType: 'CONTACT' });
      await aCustomField(desk.api, { fieldKey: 'contract', fieldType: 'FILE', entityType: 'FUNNEL_CONVERSATION' });
      const { fileId: mine } = await ok(sendFile(desk.api, FILES.pdf));
      const funnelId = desk.funnel.id;
      for (const wrong of [await theirs(), NO_FILE, 'file_', 'x', 7, [mine]]) {
        await expectFaults(desk.api.post('/contacts', { firstName: 'Ana', customFields: { ine: wrong } }), { 'customFields.ine': 'INVALID_CUSTOM_FIELD_VALUE' });
        const contact = await ok(desk.api.post<{ id: number }>('/contacts', { firstName: 'Ana', customFields: { ine: mine } }));
        await expectFaults(desk.api.put(`/contacts/${contact.id}`, { customFields: { ine: wrong } }), { 'customFields.ine': 'INVALID_CUSTOM_FIELD_VALUE' });
        await ok(desk.api.put(`/contacts/${contact.id}`, { customFields: { ine: mine } }));

        const both = { 'customFields.contract': 'INVALID_CUSTOM_FIELD_VALUE', 'contact.customFields.ine': 'INVALID_CUSTOM_FIELD_VALUE' };
        const sent = { customFields: { contract: wrong }, contact: { firstName: 'Ana', phones: [aPhone()], customFields: { ine: wrong } } };
        const conversation = await aConversation(desk, { customFields: { contract: mine } });
        await expectFaults(desk.api.post('/conversations', { funnelId, ...sent }), both);
        await expectFaults(desk.api.put(`/conversations/${conversation.id}`, sent), both);
        const said = { 0: Object.entries(both).map(([field, code]) => `${field} ${code}`) };
        const good = { customFields: { contract: mine }, contact: { customFields: { ine: mine } } };
        expect(allSayings((await bulkCreate(desk, [{ funnelId, ...sent }])).report)).toEqual(said);
        expect(allSayings((await bulkUpdate(desk, [{ id: conversation.id, ...sent }])).report)).toEqual(said);
        expect((await bulkUpdate(desk, [{ id: conversation.id, ...good }])).report.counts).toMatchObject({ successful: 1 });
      }
    });

    it('are asked for once, however many they are', async () => {
      const desk = await aDesk(running.app);
      await aCustomField(desk.api, { fieldKey: 'contract', fieldType: 'FILE', entityType: 'FUNNEL_CONVERSATION' });
      const { fileId } = await ok(sendFile(desk.api, FILES.pdf));
      const items = Array.from({ length: 200 }, (_, at) => ({ funnelId: desk.funnel.id, contact: { phones: [aPhone()] }, customFields: { contract: at % 2 === 0 ? fileId : NO_FILE } }));
      const statements = await statementsOf(async () => {
        const { report } = await bulkCreate(desk, items);
        expect(report.counts).toMatchObject({ successful: 100, errors: 100 });
      });
      expect(statements.filter((text) => /FROM files\b/.test(text))).toHaveLength(1);
    });
  });
});
