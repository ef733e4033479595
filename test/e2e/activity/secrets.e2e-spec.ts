import { DataSource } from 'typeorm';
import { ConnectionsApi, PROVIDERS } from '../../../src/modules/connections';
import { FILES, sendFile } from '../../factories/files';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { until } from '../../support/until';
import { ended, numberEnding, startCall, useCallCentre } from '../calls/call-centre';
import { OURS, received, send, sendTemplate, withStatus } from '../messages/messaging';

/** All that is in the database, as text. */
async function everyRow(): Promise<string[]> {
  const tables = await sql<{ name: string }>(`SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`);
  const rows: { text: string }[] = [];
  for (const { name } of tables) rows.push(...(await sql<{ text: string }>(`SELECT '${name} ' || to_jsonb(t)::text AS text FROM ${name} t`)));
  return rows.map(({ text }) => text);
}

describe('the log', () => {
  const running = useCallCentre({ speed: 100 });

  it('has what was asked of every provider and what came back, and none of what they are asked with; nor has any other table', async () => {
    const { app, centre } = running;
    const connections = app.nest.get(ConnectionsApi);
    const em = app.nest.get(DataSource).manager;
    await ok(centre.api.post('/phone-numbers', { number: OURS, provider: 'whatsapp', providerId: '106540352242922' }));
    await ok(centre.api.post('/phone-numbers', { number: '+525555550198', provider: 'elemente', isDefault: true }));
    const elemente = await ok(centre.api.post<{ id: number }>('/voice-agents', { name: 'E', provider: 'elemente', assistantId: 'agent-1', skillId: 'skill-1', channel: 'call' }));
    const to = numberEnding('0105');

    const calls = [
      await startCall(centre, to),
      await ok(centre.api.post<{ id: number }>('/calls/bridge', { from: '+525511119999', to })),
      await ok(centre.api.post<{ id: number }>('/agent-calls', { toPhoneNumber: to, objectives: ['Say hello'] })),
      await startCall(centre, to, { voiceAgentId: elemente.id }),
    ];
    await until(async () => (await sql('SELECT 1 FROM call_attempts')).length === calls.length);
    // Elemente tells nothing by itself: it is asked each 5 s.
    await until(async () => {
      await sql(`UPDATE call_attempts SET check_at = now() WHERE state = 'live' AND accepted_at < now() - interval '200 ms'`);
      return (await countRows('calls', `status = 'completed'`)) === calls.length;
    });
    await Promise.all(calls.map(({ id }) => ended(centre, id)));
    await sendTemplate(centre, to);
    await received(centre, to);
    const { fileId } = await ok(sendFile(centre.api, FILES.png, 'hello.png'));
    await withStatus(centre, (await ok(send(centre, to, 'Look', { type: 'image', fileId }))).id, 'read');
    await until(async () => (await countRows('outbox')) === 0);

    const types = (await sql<{ type: string }>('SELECT DISTINCT communication_type AS type FROM activities ORDER BY 1')).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['ElementeCall', 'TwilioCall', 'VapiCall', 'WhatsAppMedia', 'WhatsAppMessage', 'WhatsAppStatus']));
    const log = (await sql<{ text: string }>(`SELECT concat_ws(' ', request, response) AS text FROM activities`)).map(({ text }) => text).join('\n');
    const rows = await everyRow();
    expect(rows.some((row) => row.includes('"end-of-call-report"'))).toBe(true);
    for (const provider of PROVIDERS) {
      const { credentials, webhookSecret } = await connections.of(em, { tenantId: Number(centre.id) } as never, provider);
      const { accountSid: _, username: __, ...secrets } = credentials; // names, not secrets
      for (const secret of [...Object.values(secrets), webhookSecret]) if (secret) expect([...log.split('\n'), ...rows].filter((text) => text.includes(secret))).toEqual([]);
    }
    // Whoever has the url of a live call controls it, and of a file may fetch it.
    expect(log).not.toMatch(/\/live\/[^"]*\/[0-9a-f]{16,}|signature=[0-9a-f]{16,}|[?&]pass=[0-9a-f]{16,}/);
    expect(log).toContain(to);
  });
});
