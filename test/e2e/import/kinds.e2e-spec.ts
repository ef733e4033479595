import type { ActivityPageDto } from '../../../src/modules/activity';
import type { ContactDto, ContactPageDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { FILES, sendFile } from '../../factories/files';
import { aTenant } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { everything, rowCounts } from '../conversations/desk';
import { useImports } from './importing';
import { countsOf, leads } from './leads';

describe('imports of contacts', () => {
  const running = useTestApp();
  const imports = useImports(running);
  const load = (content: string, options?: Record<string, unknown>) => imports.load(content, { kind: 'contacts' }, options);
  const contacts = async () => (await ok(imports.tenant.api.get<ContactPageDto>('/contacts', { sortBy: 'id=asc' }))).items;

  it('make people and nothing else, and sent again change nothing', async () => {
    const tens = 120; // two chunks
    expect(await load(leads(tens))).toMatchObject({ kind: 'contacts', status: 'completed', counts: countsOf(tens), mapping: { vehicle: 'customFields.vehicle' } });
    expect(await rowCounts()).toEqual({ contacts: 7 * tens, addresses: 11 * tens, conversations: 0, sessions: 0 });
    const before = await everything();
    expect((await load(leads(tens))).counts).toMatchObject({ successful: 0, duplicates: 9 * tens, errors: tens });
    expect(await everything()).toEqual(before);
  });

  it('give custom fields to the contact, typed', async () => {
    await aCustomField(imports.tenant.api, { fieldKey: 'age', fieldType: 'NUMBER', entityType: 'CONTACT' });
    await load('name;phone;age;city;country\nAna Pérez;912345678;40;Lima;CL\n');
    expect(await contacts()).toMatchObject([{ firstName: 'Ana', lastName: 'Pérez', phone: '+56912345678', customFields: { age: 40, city: 'Lima', country: 'CL' } }]);
    expect((await load('name,phone,age\nLuz,+525510000001,old\n')).errorCodes).toEqual({ INVALID_CUSTOM_FIELD_VALUE: 1 });
  });

  it('only fill in what is not known, unless they are to update', async () => {
    const known = await aContact(imports.tenant.api, { firstName: 'Known', addresses: [{ channelType: 'WHATSAPP', address: '+525510000000' }] });
    const file = 'name,phone,email\nAna Pérez,55 1000 0000,ana@example.com\nAna,5510000000,\nLuz,5510000001,\n';
    expect(await load(file)).toMatchObject({ counts: { successful: 1, duplicates: 2, warnings: 2, errors: 0 }, warningCodes: { EXISTING_CONTACT_MATCHED: 2 } });
    const contact = () => ok(imports.tenant.api.get<ContactDto>(`/contacts/${known.id}`));
    expect(await contact()).toMatchObject({ firstName: 'Known', lastName: 'Pérez', email: 'ana@example.com' });
    expect((await load(file, { onDuplicate: 'update' })).counts).toMatchObject({ successful: 1, duplicates: 2 });
    expect(await contact()).toMatchObject({ firstName: 'Ana', lastName: 'Pérez' });
    expect((await load(file, { onDuplicate: 'update' })).counts).toMatchObject({ successful: 0, duplicates: 3 });
  });

  it('say which rows are one person, and which could be two', async () => {
    await aContact(imports.tenant.api, { phone: '+525510000000' });
    await aContact(imports.tenant.api, { email: 'luz@example.com' });
    const done = await load('phone,email\n5577000001,\n+52 55 7700 0001,eva@example.com\n5510000000,luz@example.com\n');
    expect(done).toMatchObject({ counts: { successful: 1, duplicates: 1, errors: 1 }, warningCodes: { DUPLICATE_IN_BATCH: 1 }, errorCodes: { AMBIGUOUS_CONTACT: 1 } });
    expect(await imports.errorsCsv(done.id)).toMatch(/5510000000,luz@example\.com,3,.*\[AMBIGUOUS_CONTACT\]/);
  });

  it('refuse files that the tenant does not have, in a column of a FILE field', async () => {
    await aCustomField(imports.tenant.api, { fieldKey: 'ine', fieldType: 'FILE', entityType: 'CONTACT' });
    const { fileId } = await ok(sendFile(imports.tenant.api, FILES.pdf));
    const { fileId: theirs } = await ok(sendFile((await aTenant(running.app)).api, FILES.pdf));
    const done = await load(`name,phone,ine\nAna,5510000000,${fileId}\nLuz,5510000001,${theirs}\n`);
    expect(done).toMatchObject({ counts: { successful: 1, errors: 1 }, errorCodes: { INVALID_CUSTOM_FIELD_VALUE: 1 } });
  });

  it('need no funnel, and refuse what is of conversations', async () => {
    const post = (more: Record<string, unknown>, options: Record<string, unknown>) => imports.post('name,phone\nAna,5510000000\n', { kind: 'contacts', ...more }, options);
    await expectFaults(post({}, { onDuplicate: 'create' }), { 'options.onDuplicate': 'INVALID_VALUE' });
    await expectFaults(post({ mapping: { name: 'funnelStatus' } }, {}), { mapping: 'INVALID_VALUE' });
    expect((await ok(post({}, { funnel: 'Nowhere' }))).kind).toBe('contacts');
  });
});

describe('imports of activity', () => {
  const running = useTestApp();
  const imports = useImports(running);
  const load = (content: string, more: Record<string, unknown> = {}) => imports.load(content, { kind: 'activity', ...more });
  const activityOf = async (phone: string) => {
    const { items } = await ok(imports.tenant.api.get<ContactPageDto>('/contacts', { filterBy: `phone:${phone}` }));
    return (await ok(imports.tenant.api.get<ActivityPageDto>(`/contacts/${items[0]?.id}/activity`))).items;
  };
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const HEADER = 'phone,communication_type,contacted_at,status,user_is_customer,new_customer_phone_number,user_confirmed_payment_info,conflict_reason';

  it('are in the log as the customer’s own sheets show it: blanks are no answer', async () => {
    await aContact(imports.tenant.api, { firstName: 'Ana', phone: '+525510000000' });
    const done = await load(`${HEADER}\n5510000000,BotmakerChatbot,${day(5)},FAILED,,,,\n5510000000,BotmakerChatbot,${day(3)},COMPLETED,yes,5510000009,, \n`);
    expect(done).toMatchObject({ kind: 'activity', status: 'completed', counts: { successful: 2, duplicates: 0, errors: 0 }, mapping: { status: 'status', conflict_reason: 'response.conflict_reason' } });
    const nothing = { user_is_customer: null, new_customer_phone_number: null, user_confirmed_payment_info: null, conflict_reason: null };
    expect(await activityOf('+525510000000')).toMatchObject([
      { communicationType: 'BotmakerChatbot', status: 'COMPLETED', response: { ...nothing, user_is_customer: 'yes', new_customer_phone_number: '5510000009' } },
      {
        communicationType: 'BotmakerChatbot',
        source: 'csv_import',
        contactedAt: `${day(5)}T00:00:00.000Z`,
        status: 'FAILED',
        request: { communication_type: 'BotmakerChatbot', source: 'csv_import', contacted_at: day(5), status: 'FAILED' },
        response: { communication_type: 'BotmakerChatbot', ...nothing },
        callId: null,
        messageId: null,
      },
    ]);
  });

  it('are there once, however often they are sent, in one file and by several at once', async () => {
    const rows = Array.from({ length: 1200 }, (_, at) => `55${10_000_000 + (at % 300)},Call,${day(1 + (at % 7))},DONE`);
    const file = `phone,channel,fecha,estado\n${rows.join('\n')}\n`;
    const [one, other] = await Promise.all([load(file), load(file)]);
    const distinct = new Set(rows).size;
    expect(Number(one.counts.successful) + Number(other.counts.successful)).toBe(distinct);
    expect([one.counts.errors, other.counts.errors]).toEqual([0, 0]);
    expect([await countRows('activities'), await countRows('contacts')]).toEqual([distinct, 300]);
    expect(await load(file)).toMatchObject({ counts: { successful: 0, duplicates: 1200 }, warningCodes: { DUPLICATE_ACTIVITY: 1200 } });
    expect(await countRows('activities')).toBe(distinct);
  });

  it('have no response where the file has none, and keep no secret', async () => {
    await load(`phone,channel,date,status,source,api_key\n5510000000,SMS,${day(1)},SENT,crm,s3cret\n`, { mapping: { api_key: 'ignore' } });
    expect(await activityOf('+525510000000')).toMatchObject([{ source: 'crm', response: null }]);
    await load(`phone,channel,date,status,api_key\n5510000001,SMS,${day(1)},SENT,s3cret\n`);
    expect(await activityOf('+525510000001')).toMatchObject([{ response: { api_key: '***' } }]);
  });

  it('say of each row what is wrong, and write nothing of it', async () => {
    const rows = [`5510000000,Call,${day(1)},DONE`, `,Call,${day(1)},DONE`, `5510000002,,${day(1)},`, `5510000003,Call,13/03/2026,DONE`, `5510000004,Call,2999-01-01,DONE`, `5510000005,Call,2020-01-01,DONE`, `5510000006,Call,,DONE`];
    const done = await load(`phone,channel,date,status\n${rows.join('\n')}\n`);
    expect(done).toMatchObject({ counts: { successful: 1, errors: 6 }, errorCodes: { CONTACT_WITHOUT_ADDRESS: 1, REQUIRED_FIELD: 3, INVALID_DATE: 3 } });
    expect(await imports.errorsCsv(done.id)).toContain('is older than the log is kept');
    expect([await countRows('contacts'), await countRows('activities')]).toEqual([1, 1]);
  });

  it('of which a dry run says everything and writes nothing', async () => {
    const dry = await imports.load(`${HEADER}\n5510000000,BotmakerChatbot,${day(5)},FAILED,,,,\n`, { kind: 'activity' }, { dryRun: true });
    expect(dry.counts).toMatchObject({ successful: 1 });
    expect(await sql('SELECT (SELECT count(*) FROM contacts)::int AS contacts, (SELECT count(*) FROM activities)::int AS activities')).toEqual([{ contacts: 0, activities: 0 }]);
    await expectError(imports.post('a,b\n1,2\n', { kind: 'activity', mapping: { a: 'createdAt' } }), 400, 'VALIDATION_FAILED');
  });
});
