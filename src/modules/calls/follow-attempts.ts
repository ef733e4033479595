import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Connection, ConnectionsApi } from '../connections';
import { AttemptsRepository, type DueAttempt } from './attempts.repository';
import { CallProviders } from './call-providers';
import { CallReports } from './call-reports';
import { DialerTimings } from './dialer-timings';

const BATCH = 20;
/** Longer than any adapter waits for an answer. */
const LEASE_MS = 30_000;
/** Look-ups that must have found nothing before that is believed. */
const MIN_LOOK_UPS = 3;
/** How often a call is dialed whose attempts the provider never had. */
const MAX_ATTEMPTS = 3;

/**
 * Looks after every attempt of which nobody hears: requests that were never answered, calls whose end was never told. A line
 * is freed, and a call dialed again, on the provider's own word only.
 */
@Injectable()
export class FollowAttempts {
  private readonly logger = new Logger(FollowAttempts.name);
  private sweeping = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly connections: ConnectionsApi,
    private readonly attempts: AttemptsRepository,
    private readonly providers: CallProviders,
    private readonly reports: CallReports,
    private readonly timings: DialerTimings,
  ) {}

  /** All that are due. */
  async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      for (let taken = BATCH; taken === BATCH;) {
        const due = await this.attempts.takeDue(this.dataSource.manager, BATCH, LEASE_MS);
        await Promise.all(due.map((attempt) => this.follow(attempt)));
        taken = due.length;
      }
    } finally {
      this.sweeping = false;
    }
  }

  private async follow(attempt: DueAttempt): Promise<void> {
    try {
      const connection = await this.connections.byId(this.dataSource.manager, attempt.connection_id);
      if (!connection) return;
      if (attempt.provider_id === null) await this.lookUp(connection, attempt);
      else await this.poll(connection, attempt, attempt.provider_id);
    } catch (error) {
      this.logger.warn(`The provider could not be asked about call ${attempt.call_id}: ${(error as Error).message}`);
      await this.attempts.checkLater(this.dataSource.manager, attempt, this.timings.unreachableMs, false);
    }
  }

  /** Does the provider have it? */
  private async lookUp(connection: Connection, attempt: DueAttempt): Promise<void> {
    const report = await this.find(connection, attempt);
    if (report) return void (await this.reports.apply(connection, { ...report, callId: attempt.call_id, attempt: attempt.number }));
    // As it was before the look-up: what has happened since the provider answered, nobody knows.
    if (attempt.silent_ms >= this.timings.visibleMs && attempt.checks + 1 >= MIN_LOOK_UPS) return this.neverMade(connection, attempt);
    await this.attempts.checkLater(this.dataSource.manager, attempt, this.timings.firstLookUpMs * 2 ** Math.min(attempt.checks, 3), true);
  }

  /** What has become of it? */
  private async poll(connection: Connection, attempt: DueAttempt, providerId: string): Promise<void> {
    const report = await this.providers.of(connection.provider).get(connection, providerId);
    await this.attempts.checkLater(this.dataSource.manager, attempt, this.providers.of(connection.provider).poll.everyMs, false);
    if (report) return void (await this.reports.apply(connection, report));
    // "Not found" alone is no proof: Vapi answers so, too, while a call is not yet visible.
    if (attempt.silent_ms >= this.timings.lostMs && !(await this.find(connection, attempt))) await this.giveUp(connection, attempt, providerId);
  }

  private find(connection: Connection, attempt: DueAttempt) {
    return this.providers.of(connection.provider).find(connection, {
      tenantId: attempt.tenant_id,
      callId: attempt.call_id,
      attempt: attempt.number,
      dialedAt: new Date(attempt.dialed_at),
      from: { number: attempt.from_number, providerId: attempt.from_provider_id },
      to: attempt.to_number,
      work: attempt.work,
      isOfAnother: async (providerId) => {
        const known = await this.attempts.find(this.dataSource.manager, connection.id, { providerId });
        return known !== undefined && known.id !== attempt.id;
      },
    });
  }

  private async neverMade(connection: Connection, attempt: DueAttempt): Promise<void> {
    await this.dataSource.transaction(async (em) => {
      const ended = await this.attempts.endUnmade(em, attempt.id, 'never-made', attempt.checks);
      if (!ended) return; // its report came in at this very moment
      if (ended.number < MAX_ATTEMPTS) return this.reports.requeue(em, ended, ended.number);
      await this.reports.endOf(em, ended, 'provider-error', `${connection.provider} answered none of ${ended.number} requests to dial.`);
    });
  }

  private async giveUp(connection: Connection, attempt: DueAttempt, providerId: string): Promise<void> {
    this.logger.error(`${connection.provider} took call ${attempt.call_id} as ${providerId}, and has known nothing of it for ${this.timings.lostMs / 60_000} minutes`);
    await this.reports.apply(connection, { providerId, phase: 'ended', disposition: 'provider-error', providerReason: 'not-found', complete: true });
  }
}
