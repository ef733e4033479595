import { until } from '../../support/until';
import { Stage } from './stage';

describe("The sandbox's Elemente", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open({ elementeLimit: 3 });
  });
  afterEach(() => stage.close());

  const dial = (customerPhone: string, more: Record<string, unknown> = {}) => stage.elemente('POST', '/calls', { agentId: 'a1', channel: 'call', customerPhone, ...more });
  const inTheEnd = (id: string) =>
    until(async () => {
      const { body } = await stage.elemente('GET', `/calls/${id}`);
      return ['queued', 'ringing', 'in-progress', 'pending', 'open'].includes(body.status) ? undefined : body;
    });

  it('plays a call as seed 004 shows it, to whoever asks', async () => {
    const { status, body } = await dial('+525555550100', { skillId: 's1', customerOverride: { firstName: 'Ana', lastName: 'Paz' } });
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.any(String),
      status: 'queued',
      agentPhone: null,
      agentEmail: null,
      customerPhone: '+525555550100',
      customerEmail: null,
      agentId: 'a1',
      customerId: expect.any(String),
      skillId: 's1',
      customerName: 'Ana Paz',
      transcription: '',
      recordingUrl: null,
      messages: [],
      duration: '0',
    });
    const over = await inTheEnd(body.id);
    expect(over).toMatchObject({ status: 'completed', duration: '1', transcription: expect.stringMatching(/^Agent: .*\nCustomer: /) });
    expect((await stage.send('GET', over.recordingUrl)).bytes.subarray(0, 4).toString()).toBe('RIFF');
    expect((await stage.send('GET', over.recordingUrl.replace(/signature=./, 'signature=x'))).status).toBe(403);
    expect(stage.heard).toEqual([]);
  });

  it.each([
    ['+525555550001', 'busy'],
    ['+525555550002', 'no-answer'],
    ['+525555550003', 'voicemail'],
    ['+525555550004', 'failed'],
    ['+525555550010', 'failed'],
    ['+525555550014', 'sandbox-status-that-nobody-knows'],
  ])('ends %s with %s', async (number, status) => {
    expect((await inTheEnd((await dial(number)).body.id)).status).toBe(status);
  });

  it('writes on the other channels', async () => {
    const { body } = await dial('', { channel: 'email', customerPhone: undefined, customerEmail: 'jane@example.com' });
    const over = await inTheEnd(body.id);
    expect(over).toMatchObject({ status: 'closed', recordingUrl: null, messages: [{ sender: 'agent', status: 'delivered' }, { sender: 'customer' }] });
    expect((await inTheEnd((await dial('+525555550002', { channel: 'whatsapp' })).body.id)).status).toBe('expired');
  });

  it('lists by hours, range, status and channel, and ends by PUT', async () => {
    const { body: one } = await dial('+525555550299');
    const ids = async (query: string) => (await stage.elemente('GET', `/calls?${query}`)).list.map(({ id }) => id);
    const soon = new Date(Date.now() + 60_000).toISOString();
    expect(await ids('hrs=1')).toEqual([one.id]);
    expect(await ids(`dateRange%5Bfrom%5D=${soon}`)).toEqual([]);
    expect(await ids(`dateRange=${encodeURIComponent(JSON.stringify({ to: soon }))}`)).toEqual([one.id]);
    expect(await ids('channel=sms')).toEqual([]);
    expect((await stage.elemente('PUT', `/calls/${one.id}`, { status: 'canceled', note: 'wrong number' })).body.status).toBe('canceled');
    expect(await ids('status=canceled')).toEqual([one.id]);
  });

  it('has lines, wants credentials, and refuses what is incomplete', async () => {
    const dialed = await Promise.all(Array.from({ length: 4 }, () => dial('+525555550299')));
    expect(dialed.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429]);
    expect((await stage.elemente('GET', '/calls', undefined, 'wrong')).status).toBe(401);
    expect((await stage.elemente('POST', '/calls', { agentId: 'a1', channel: 'fax', customerPhone: '+1' })).body.message).toEqual([expect.stringMatching(/^channel /)]);
    expect((await stage.elemente('POST', '/calls', { agentId: 'a1', channel: 'call' })).status).toBe(400);
    expect((await stage.elemente('GET', '/calls/nobody')).status).toBe(404);
  });
});
