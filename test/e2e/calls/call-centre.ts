import { Relay } from '../../../src/platform/queue/relay';
import { Dialer } from '../../../src/modules/calls';
import type { CallDto } from '../../../src/modules/calls/dto/call.dto';
import { DialerTimings } from '../../../src/modules/calls/dialer-timings';
import { type TestTenant, aTenant } from '../../factories/tenants';
import { ok } from '../../support/answers';
import { sql } from '../../support/database';
import { type TestApp, useTestApp } from '../../support/test-app';
import { until } from '../../support/until';

export interface CallCentre extends TestTenant {
  voiceAgentId: number;
}

const TERMINAL = ['completed', 'busy', 'no-answer', 'voicemail', 'failed', 'canceled'];

let made = 0;

/** A valid Mexican number that no other call gives, with the ending that says how it answers. */
export const numberEnding = (ending: string): string => `+5255${String(1000 + made++)}${ending}`;

/** A tenant with a number at each provider and a voice agent at Vapi. */
export async function aCallCentre(app: TestApp): Promise<CallCentre> {
  const tenant = await aTenant(app);
  for (const provider of ['vapi', 'twilio']) {
    await ok(tenant.api.post('/phone-numbers', { number: '+525555550199', provider, providerId: `${provider}-number`, isDefault: true }));
  }
  const agent = await ok(tenant.api.post<{ id: number }>('/voice-agents', { name: 'Sofía', provider: 'vapi', assistantId: 'assistant-1', variableDefaults: { company: 'ACME' } }));
  return { ...tenant, voiceAgentId: agent.id };
}

/** An app that listens, with the sandbox at speed, jobs and dialer running; and a fresh call centre for each test. */
export function useCallCentre({ speed = 20, dialing = true, timings = {} }: { speed?: number; dialing?: boolean; timings?: Partial<DialerTimings> } = {}) {
  const running = useTestApp({ SANDBOX_SPEED: String(speed) });
  let centre: CallCentre | undefined;
  beforeAll(async () => {
    await running.app.listen();
    Object.assign(running.app.nest.get(DialerTimings), { firstLookUpMs: 100, visibleMs: 1500, reportMs: 500, sweepMs: 100, noLineMs: 100, slowDownMs: 200, ...timings });
    await running.app.nest.get(Relay).start();
    if (dialing) running.app.nest.get(Dialer).start();
  });
  beforeEach(async () => {
    centre = await aCallCentre(running.app);
  });
  // What goes on after a test would meet the next one's empty tables.
  afterEach(async () => {
    await sql('DELETE FROM call_queue');
    if (dialing) await until(async () => (await sql('SELECT 1 FROM call_attempts WHERE released_at IS NULL')).length === 0, 15).catch(() => undefined);
  });
  return {
    get app() {
      return running.app;
    },
    get centre() {
      if (!centre) throw new Error('The call centre is there from beforeEach on.');
      return centre;
    },
  };
}

export const startCall = (centre: CallCentre, to: string, more: Record<string, unknown> = {}): Promise<CallDto> =>
  ok(centre.api.post<CallDto>('/calls/agent', { voiceAgentId: centre.voiceAgentId, to, contextVariables: {}, ...more }));

/** The call once it has ended. */
export const ended = (centre: CallCentre, id: number, seconds = 10): Promise<CallDto> =>
  until(async () => {
    const call = await ok(centre.api.get<CallDto>(`/calls/${id}`));
    return TERMINAL.includes(call.status) && call;
  }, seconds);
