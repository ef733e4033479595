import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until';
import { Stage } from './stage';

describe('The sandbox after a kill -9', () => {
  let journalFolder: string;
  let stage: Stage;
  beforeEach(async () => {
    journalFolder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    stage = await Stage.open({ journalFolder, speed: 10 });
  });
  afterEach(async () => {
    await stage.close();
    rmSync(journalFolder, { recursive: true });
  });

  const restart = async () => {
    await stage.kill();
    stage = await stage.reopen({ journalFolder, speed: 10 });
  };
  const order = () => ({
    assistantId: 'a',
    phoneNumberId: 'p',
    customer: { number: '+525555550100' },
    assistantOverrides: { server: { url: `${stage.listenerUrl}/vapi` } },
  });
  const journal = (provider: string) => readFileSync(join(journalFolder, `${provider}.jsonl`), 'utf8');
  const told = () => stage.heard.map(({ body }) => body.message as { type: string; status?: string }).map(({ type, status }) => status ?? type);

  it('still has its calls, goes on with them, and tells at once what fell due meanwhile', async () => {
    const { body } = await stage.vapi('POST', '/call', order());
    await until(async () => journal('vapi').includes('"done":["ringing"]'));
    await restart();
    expect((await stage.vapi('GET', `/call/${body.id}`)).body).toMatchObject({ id: body.id, customer: { number: '+525555550100' } });
    // What was under way when it was killed is told twice.
    const toldOf = () => [...new Set(told())].sort();
    await until(async () => toldOf().length === 4);
    expect(toldOf()).toEqual(['end-of-call-report', 'ended', 'in-progress', 'ringing']);
  });

  it('counts the lines that were taken', async () => {
    await Promise.all(Array.from({ length: 9 }, () => stage.vapi('POST', '/call', { ...order(), customer: { number: '+525555550299' } })));
    await restart();
    expect((await stage.vapi('POST', '/call', order())).body.subscriptionLimits.remainingConcurrentCalls).toBe(0);
    expect((await stage.vapi('POST', '/call', order())).status).toBe(400);
  });

  it('reads over half a line, and forgets nothing else', async () => {
    const { body } = await stage.vapi('POST', '/call', order());
    await stage.kill();
    appendFileSync(join(journalFolder, 'vapi.jsonl'), '{"id":"torn');
    stage = await stage.reopen({ journalFolder, speed: 10 });
    expect((await stage.vapi('GET', '/call')).body).toMatchObject([{ id: body.id }]);
    expect(journal('vapi')).not.toContain('torn');
  });

  it('goes on with a bridge, and rings nobody a second time', async () => {
    const twiml = `<Response><Dial action="${stage.listenerUrl}/dial"><Number statusCallback="${stage.listenerUrl}/child" statusCallbackEvent="initiated completed">+525555550100</Number></Dial></Response>`;
    await stage.twilio('POST', '/Calls.json', { To: '+525555550101', From: '+525500000000', Twiml: twiml, StatusCallback: `${stage.listenerUrl}/parent` });
    await until(async () => journal('twilio').includes('"done":["initiated"]'));
    await restart();
    await until(async () => stage.heard.some(({ url }) => url === '/parent'));
    await sleep(50);
    const children = stage.heard.filter(({ url }) => url === '/child').map(({ body }) => body.CallSid);
    expect(new Set(children).size).toBe(1);
    expect([...new Set(stage.heard.map(({ url, body }) => `${url} ${String(body.CallStatus)}`))].sort()).toEqual([
      '/child completed',
      '/child initiated',
      '/dial in-progress',
      '/parent completed',
    ]);
  });
});
