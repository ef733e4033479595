import type { VoiceAgentDto, VoiceAgentPageDto } from '../../../src/modules/calls/dto/voice-agent.dto';
import { aPhoneNumber } from '../../factories/connections';
import { type TestTenant, aClientWith, aTenant, twoTenants } from '../../factories/tenants';
import { aVoiceAgent } from '../../factories/voice-agents';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('voice agents', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  it('are created: an assistant of Vapi by its id', async () => {
    const number = await aPhoneNumber(tenant.api);
    const body = { name: ' Sofía ', provider: 'vapi', assistantId: '2bec425c', phoneNumberId: number.id, variableDefaults: { company: 'ACME', constructor: 1 } };
    const agent = await ok(tenant.api.post<VoiceAgentDto>('/voice-agents', body));
    expect(agent).toEqual({
      ...body,
      id: expect.any(Number),
      tenantId: tenant.id,
      name: 'Sofía',
      assistant: null,
      skillId: null,
      channel: 'call',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await ok(tenant.api.get(`/voice-agents/${agent.id}`))).toEqual(agent);
  });

  it('are created: a transient assistant of Vapi, as it was sent', async () => {
    const assistant = { model: { provider: 'openai', messages: [{ role: 'system', content: 'Sé amable.' }] }, voice: null };
    expect(await aVoiceAgent(tenant.api, { assistantId: null, assistant })).toMatchObject({ assistant, assistantId: null, variableDefaults: {}, phoneNumberId: null });
  });

  it("are created: an agent of Elemente's, on any of its channels", async () => {
    const agent = await aVoiceAgent(tenant.api, { provider: 'elemente', assistantId: 'agent-1', skillId: 'skill-1', channel: 'whatsapp' });
    expect(agent).toMatchObject({ provider: 'elemente', assistantId: 'agent-1', skillId: 'skill-1', channel: 'whatsapp' });
  });

  it('are refused with everything that is wrong', async () => {
    const post = (body: unknown) => tenant.api.post('/voice-agents', body);
    await expectFaults(post({}), { name: 'REQUIRED_FIELD', provider: 'REQUIRED_FIELD' });
    await expectFaults(post({ name: ' ', provider: 'vapi' }), { name: 'REQUIRED_FIELD', assistantId: 'REQUIRED_FIELD' });
    await expectFaults(post({ name: 5, provider: 'twilio', assistantId: 5, assistant: [], channel: 'fax', phoneNumberId: 'x', variableDefaults: 'x' }), {
      name: 'INVALID_TYPE',
      provider: 'INVALID_VALUE',
      assistantId: 'INVALID_TYPE',
      assistant: 'INVALID_TYPE',
      channel: 'INVALID_VALUE',
      phoneNumberId: 'INVALID_TYPE',
      variableDefaults: 'INVALID_TYPE',
    });
    await expectFaults(post({ name: 'x', provider: 'vapi', assistantId: 'a', assistant: {}, skillId: 's', channel: 'sms' }), {
      assistant: 'INVALID_VALUE',
      skillId: 'INVALID_VALUE',
      channel: 'INVALID_VALUE',
    });
    await expectFaults(post({ name: 'x', provider: 'elemente', assistant: {} }), { assistantId: 'REQUIRED_FIELD', assistant: 'INVALID_VALUE' });
    expect(await countRows('voice_agents')).toBe(0);
  });

  it('call from a number of ours, at the same provider', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const [twilio, their] = [await aPhoneNumber(mine.api, { provider: 'twilio' }), await aPhoneNumber(theirs.api)];
    const body = { name: 'x', provider: 'vapi', assistantId: 'a' };
    await expectFaults(mine.api.post('/voice-agents', { ...body, phoneNumberId: twilio.id }), { phoneNumberId: 'INVALID_VALUE' });
    await expectError(mine.api.post('/voice-agents', { ...body, phoneNumberId: their.id }), 404, 'PHONE_NUMBER_NOT_FOUND');
    const agent = await aVoiceAgent(mine.api);
    await expectError(mine.api.put(`/voice-agents/${agent.id}`, { phoneNumberId: their.id }), 404, 'PHONE_NUMBER_NOT_FOUND');
    expect(await countRows('voice_agents', 'phone_number_id IS NOT NULL')).toBe(0);
  });

  it('outlive their number', async () => {
    const number = await aPhoneNumber(tenant.api);
    const agent = await aVoiceAgent(tenant.api, { phoneNumberId: number.id });
    await ok(tenant.api.delete(`/phone-numbers/${number.id}`));
    expect(await ok(tenant.api.get(`/voice-agents/${agent.id}`))).toEqual({ ...agent, phoneNumberId: null });
  });

  it('change in the fields given, as long as they remain agents', async () => {
    const agent = await aVoiceAgent(tenant.api, { variableDefaults: { a: 1 } });
    const put = (body: object) => tenant.api.put<VoiceAgentDto>(`/voice-agents/${agent.id}`, body);
    expect(await ok(put({ name: 'Marta' }))).toEqual({ ...agent, name: 'Marta', updatedAt: expect.any(String) });
    expect(await ok(put(agent))).toEqual({ ...agent, updatedAt: expect.any(String) });
    await expectFaults(put({ assistant: { model: {} } }), { assistant: 'INVALID_VALUE' });
    await expectFaults(put({ assistantId: null }), { assistantId: 'REQUIRED_FIELD' });
    await expectFaults(put({ name: null }), { name: 'REQUIRED_FIELD' });
    await expectFaults(put({ ...agent, id: agent.id + 1 }), { id: 'INVALID_VALUE' });
    expect(await ok(put({ assistantId: null, assistant: { model: {} }, variableDefaults: { b: 2 } }))).toMatchObject({
      assistantId: null,
      assistant: { model: {} },
      variableDefaults: { b: 2 },
    });
    expect(await ok(put({ provider: 'elemente', assistant: null, assistantId: 'agent-1', channel: 'email' }))).toMatchObject({
      provider: 'elemente',
      assistant: null,
      channel: 'email',
    });
    expect(await sql('SELECT assistant, channel FROM voice_agents')).toEqual([{ assistant: null, channel: 'email' }]);
  });

  it('are listed, searched and deleted', async () => {
    const [sofia, marta] = [await aVoiceAgent(tenant.api), await aVoiceAgent(tenant.api, { name: 'Marta', provider: 'elemente' })];
    expect(await ok(tenant.api.get<VoiceAgentPageDto>('/voice-agents', { searchBy: 'SOFIA' }))).toEqual({ items: [sofia], totalCount: 1 });
    expect(await ok(tenant.api.get('/voice-agents', { filterBy: 'provider:elemente' }))).toEqual({ items: [marta], totalCount: 1 });
    expect(await ok(tenant.api.delete(`/voice-agents/${sofia.id}`))).toEqual(sofia);
    for (const gone of [tenant.api.get(`/voice-agents/${sofia.id}`), tenant.api.put(`/voice-agents/${sofia.id}`, {}), tenant.api.delete(`/voice-agents/${sofia.id}`)]) {
      await expectError(gone, 404, 'VOICE_AGENT_NOT_FOUND');
    }
  });

  it('need their own scope', async () => {
    const reader = await aClientWith(running.app, tenant, ['voice-agents:read']);
    await ok(reader.get('/voice-agents'));
    await expectError(reader.post('/voice-agents', { name: 'x', provider: 'vapi', assistantId: 'a' }), 403, 'MISSING_SCOPE');
  });
});
