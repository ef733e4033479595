import { randomUUID } from 'node:crypto';
import { LifeBook } from '../life-book';
import type { Clock } from '../clock';
import { TIMINGS, cutShort, lifeOf, phaseOf } from '../life';
import { scriptOf } from '../magic-numbers';
import type { Postman } from '../postman';
import { type Step, StepPlayer, webhookSteps } from '../step-player';
import type { BackoffPlan, VapiOrder } from './order-rules';
import { type VapiAccount, type VapiCall, assistantOf, callJson, reportOf, reportedAt } from './vapi-call';

const DEFAULT_TIMEOUT_SECONDS = 20;

/** Vapi's calls: their lines, their lives, and the server messages that tell of them. */
export class VapiCalls {
  private readonly book: LifeBook<VapiCall>;
  private readonly player: StepPlayer<VapiCall>;
  /** Calls that take a line; those that ended meanwhile are sorted out when lines are counted. */
  private readonly live = new Set<VapiCall>();

  constructor(
    private readonly account: VapiAccount,
    private readonly clock: Clock,
    private readonly postman: Postman,
    private readonly lines: number,
    journal: string | undefined,
  ) {
    this.book = new LifeBook(journal);
    this.player = new StepPlayer(
      clock,
      this.book,
      (call) => this.stepsOf(call),
      (call, step) => this.tell(call, step),
    );
    for (const call of this.book.all()) this.bringToLife(call);
  }

  /** Lines that no call takes. */
  freeLines(now: number): number {
    for (const call of this.live) if (phaseOf(call.life, now) === 'ended') this.live.delete(call);
    return this.lines - this.live.size;
  }

  /** What Vapi says of lines, when a call was made or was not: as in seed 000. */
  subscriptionLimits(isBlocked: boolean): Record<string, unknown> {
    return { concurrencyBlocked: isBlocked, concurrencyLimit: this.lines, remainingConcurrentCalls: isBlocked ? -1 : this.freeLines(Date.now()) };
  }

  async make(order: VapiOrder, baseUrl: string): Promise<VapiCall> {
    this.book.prune(Date.now());
    const createdAt = Date.now();
    const script = scriptOf(order.customer.number);
    const life = lifeOf(script, createdAt, this.account.speed);
    const visibleAt = createdAt + (script.unseen ? this.clock.ms(TIMINGS.unseen) : 0);
    const call = this.book.add({ id: randomUUID(), createdAt, life, done: [], order, baseUrl, visibleAt });
    const first = script.webhooks === 'early' ? this.player.hurry(call) : undefined;
    this.bringToLife(call);
    await first;
    return call;
  }

  find(id: string): VapiCall | undefined {
    const call = this.book.get(id);
    return call && call.visibleAt <= Date.now() ? call : undefined;
  }

  /** Newest first. */
  all(): VapiCall[] {
    const now = Date.now();
    return this.book
      .all()
      .filter(({ visibleAt }) => visibleAt <= now)
      .reverse();
  }

  hangUp(call: VapiCall): void {
    const now = Date.now();
    if (phaseOf(call.life, now) === 'ended') return;
    this.book.change(call, { life: cutShort(call.life, now) });
    this.player.play(call);
  }

  remove(call: VapiCall): void {
    this.live.delete(call);
    this.clock.clear(call.id);
    this.book.remove(call);
  }

  private bringToLife(call: VapiCall): void {
    if (phaseOf(call.life, Date.now()) !== 'ended') this.live.add(call);
    this.player.play(call);
  }

  private stepsOf(call: VapiCall): Step[] {
    const { server, serverMessages } = assistantOf(call);
    if (server?.url === undefined) return [];
    const isWanted = (type: string): boolean => serverMessages?.includes(type) ?? true;
    const { ringsAt, answeredAt, endsAt } = call.life;
    const statuses = [
      { name: 'ringing', at: ringsAt },
      { name: 'in-progress', at: answeredAt },
      { name: 'ended', at: endsAt },
    ].filter((step): step is Step => step.at !== null && isWanted('status-update'));
    const report = isWanted('end-of-call-report') ? [{ name: 'report', at: reportedAt(call, this.account.speed) }] : [];
    return webhookSteps(scriptOf(call.order.customer.number), [...statuses, ...report]);
  }

  private async tell(call: VapiCall, step: Step): Promise<void> {
    const { server } = assistantOf(call);
    if (server?.url === undefined) return;
    const letter = {
      url: server.url,
      method: 'POST' as const,
      headers: { ...headersOf(server.headers), 'content-type': 'application/json' },
      body: JSON.stringify({ message: this.messageOf(call, step) }),
      timeoutMs: (server.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
      retryDelays: delaysOf(server.backoffPlan),
      finalStatuses: server.backoffPlan?.excludedStatusCodes,
    };
    await this.postman.deliver(letter);
    if (scriptOf(call.order.customer.number).webhooks === 'disordered') await this.postman.deliver(letter);
  }

  /** As it was when the step fell due, however late it is told. */
  private messageOf(call: VapiCall, { name }: Step): Record<string, unknown> {
    const { ringsAt, answeredAt, endsAt } = call.life;
    const dueAt = { ringing: ringsAt, 'in-progress': answeredAt, ended: endsAt, report: reportedAt(call, this.account.speed) }[name] ?? Date.now();
    const json = callJson(this.account, call, dueAt);
    const common = { timestamp: Math.round(dueAt), call: json, customer: call.order.customer, ...(call.order.assistant && { assistant: call.order.assistant }) };
    if (name !== 'report') return { ...common, type: 'status-update', status: name, ...(name === 'ended' && { endedReason: json.endedReason }) };
    const { startedAt, endedAt, endedReason } = json;
    // The call that it carries has the rest, as costBreakdown.
    const { cost, costs, analysis, artifact } = reportOf(this.account, call, Date.now());
    return { ...common, type: 'end-of-call-report', endedReason, ...(startedAt !== undefined && { startedAt }), endedAt, cost, costs, analysis, artifact };
  }
}

const headersOf = (headers: Record<string, unknown> = {}): Record<string, string> => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const delaysOf = (plan: BackoffPlan | undefined): number[] =>
  plan ? Array.from({ length: plan.maxRetries }, (_, attempt) => plan.baseDelaySeconds * (plan.type === 'exponential' ? 2 ** attempt : 1)) : [];
