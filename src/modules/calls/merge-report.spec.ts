import fc from 'fast-check';
import type { CallReport } from './call-provider';
import { type CallState, isTerminal, mergeReport } from './merge-report';

const QUEUED: CallState = {
  status: 'queued',
  disposition: null,
  provider_id: null,
  duration: null,
  start_time: '2026-01-01T00:00:00.000Z',
  answered_at: null,
  ended_at: null,
  redirected_to: null,
  metadata: { provider: { name: 'vapi' } },
};

const LIFE: CallReport[] = [
  { providerId: 'p', phase: 'queued', providerStatus: 'queued' },
  { providerId: 'p', phase: 'ringing', providerStatus: 'ringing' },
  { providerId: 'p', phase: 'in-progress', providerStatus: 'in-progress', answeredAt: '2026-01-01T00:00:05.000Z' },
  { providerId: 'p', phase: 'ended', providerStatus: 'ended', providerReason: 'customer-ended-call', disposition: 'answered' },
  {
    providerId: 'p',
    phase: 'ended',
    providerReason: 'customer-ended-call',
    disposition: 'answered',
    durationSeconds: 12,
    endedAt: '2026-01-01T00:00:17.000Z',
    summary: 'ok',
    complete: true,
  },
];

const after = (reports: CallReport[], from = QUEUED): CallState => reports.reduce(mergeReport, from);

describe('reports of a call', () => {
  it('lead to its end', () => {
    expect(after(LIFE)).toEqual({
      ...QUEUED,
      status: 'completed',
      disposition: 'answered',
      provider_id: 'p',
      duration: 12,
      answered_at: '2026-01-01T00:00:05.000Z',
      ended_at: '2026-01-01T00:00:17.000Z',
      metadata: { provider: { name: 'vapi', status: 'ended', reason: 'customer-ended-call', summary: 'ok' } },
    });
  });

  it('lead there in any order, and repeated any number of times', () => {
    const shuffled = fc.shuffledSubarray([...LIFE, ...LIFE], { minLength: LIFE.length * 2 });
    fc.assert(fc.property(shuffled, (reports) => expect(after(reports)).toEqual(after(LIFE))));
  });

  it('never move the status back, and never change an end', () => {
    const any = fc.constantFrom<CallReport>(
      ...LIFE,
      { providerId: 'p', phase: 'ended', disposition: 'busy' },
      { providerId: 'p', phase: 'ended', disposition: 'canceled', complete: true },
    );
    const rank = ({ status }: CallState) => (isTerminal(status) ? 9 : ['scheduled', 'queued', 'ringing', 'in-progress'].indexOf(status));
    fc.assert(
      fc.property(fc.array(any), (reports) => {
        let call = QUEUED;
        for (const report of reports) {
          const next = mergeReport(call, report);
          expect(rank(next)).toBeGreaterThanOrEqual(rank(call));
          if (isTerminal(call.status)) expect([next.status, next.disposition]).toEqual([call.status, call.disposition]);
          call = next;
        }
      }),
    );
  });

  it('that end without a reason wait for one, unless nothing more is to come', () => {
    expect(after([{ providerId: 'p', phase: 'ended' }]).status).toBe('queued');
    expect(after([{ providerId: 'p', phase: 'ended', complete: true }])).toMatchObject({ status: 'failed', disposition: 'failed' });
    expect(after([LIFE[2] as CallReport, { providerId: 'p', phase: 'ended', complete: true }])).toMatchObject({ status: 'completed', disposition: 'answered' });
  });
});
