import fc from 'fast-check';
import { mergeStatus } from './merge-status';
import type { MessageStatusReport } from './message-provider';
import type { MessageState } from './messages.repository';

const SENT_AT = '2026-01-01T00:00:00.000Z';

const pending = (other: Partial<MessageState> = {}): MessageState => ({
  status: 'pending',
  provider_id: null,
  recipient: { providerId: null, address: '+525512345678', role: 'contact', displayName: null, metadata: {} },
  errors: [],
  metadata: { template: { name: 'a' } },
  asked_at: SENT_AT,
  sent_at: null,
  delivered_at: null,
  read_at: null,
  failed_at: null,
  ...other,
});

const report = (status: MessageStatusReport['status'], minute: number, code?: number): MessageStatusReport => ({
  kind: 'status',
  to: { providerId: '1' },
  providerId: 'wamid.1',
  status,
  at: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
  errors: code === undefined ? [] : [{ code, title: `title ${code}`, message: 'message', provider: 'whatsapp' }],
  details: { pricing: { billable: true } },
  recipient: { phone: '5215512345678' },
  payload: {},
});

const merged = (reports: MessageStatusReport[]): MessageState => reports.reduce(mergeStatus, pending());

describe('mergeStatus', () => {
  it.each([
    [['sent'], 'sent'],
    [['sent', 'delivered', 'read'], 'read'],
    [['read'], 'read'],
    [['read', 'delivered', 'sent'], 'read'],
    [['sent', 'failed'], 'failed'],
    [['failed', 'sent'], 'failed'],
    [['failed', 'delivered'], 'delivered'],
    [['read', 'failed'], 'read'],
  ] as const)('%j is %s', (statuses, status) => {
    expect(merged(statuses.map((one, at) => report(one, at, one === 'failed' ? 131000 : undefined))).status).toBe(status);
  });

  it('keeps the errors of what failed, and hides those of what was delivered after all', () => {
    const failed = merged([report('failed', 1, 131026)]);
    expect(failed.errors).toMatchObject([{ code: 131026 }]);
    const delivered = mergeStatus(failed, report('delivered', 2));
    expect(delivered).toMatchObject({ errors: [], metadata: { template: { name: 'a' }, provider: { errors: [{ code: 131026 }], pricing: { billable: true } } } });
  });

  it('learns the id that an answer did not bring, and that nobody need wait any more', () => {
    expect(merged([report('sent', 1)])).toMatchObject({ provider_id: 'wamid.1', asked_at: null, recipient: { providerId: '5215512345678' } });
    expect(mergeStatus(pending({ provider_id: 'wamid.0' }), report('sent', 1)).provider_id).toBe('wamid.0');
  });

  it('comes out the same in any order, and however often each is told', () => {
    const all = [report('sent', 1), report('sent', 2), report('delivered', 3), report('read', 4), report('read', 5), report('failed', 6, 131000), report('failed', 7, 131026)];
    fc.assert(
      fc.property(fc.subarray(all, { minLength: 1 }), fc.infiniteStream(fc.nat()), (some, random) => {
        const order = [...some, ...some].sort(() => ((random.next().value as number) % 3) - 1);
        expect(merged([...order, ...some])).toEqual(merged(some));
      }),
    );
  });
});
