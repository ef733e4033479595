import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Lease, LeaseLost } from '../../platform/queue/lease';
import { ActivityApi } from '../activity';
import { type Connection, ConnectionsApi } from '../connections';
import { type AttemptRow, AttemptsRepository } from './attempts.repository';
import type { DialOrder, DialResult } from './call-provider';
import { CallProviders } from './call-providers';
import { CallReports } from './call-reports';
import type { ClaimedAttempt } from './claim-calls';
import { DialerTimings } from './dialer-timings';
import type { Disposition } from './dispositions';
import { block, learn, pause, resume } from './line-state';

const COMMUNICATION_TYPES: Record<string, string> = { vapi: 'VapiCall', twilio: 'TwilioCall', elemente: 'ElementeCall' };

/**
 * One request to a provider: sent once, while the lease of its claim holds, and settled in one transaction with its entry in the
 * contact's log. One that was not sent in time is left to the look-up, which may have come to it already.
 */
@Injectable()
export class DialAttempt {
  private readonly logger = new Logger(DialAttempt.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly connections: ConnectionsApi,
    private readonly activity: ActivityApi,
    private readonly attempts: AttemptsRepository,
    private readonly providers: CallProviders,
    private readonly reports: CallReports,
    private readonly timings: DialerTimings,
  ) {}

  /** @returns after how many ms the connection can be used again, where it cannot be now */
  async execute(claimed: ClaimedAttempt, lease: Lease): Promise<number | undefined> {
    if (claimed.listed) return this.withoutDialing(claimed, 'do-not-call');
    const connection = await this.connections.byId(this.dataSource.manager, claimed.connection_id);
    if (!connection) return undefined; // deleted, and its attempts with it
    const result = await this.dial(connection, claimed, lease);
    if (!result) return undefined;
    return this.dataSource.transaction(async (em) => {
      await this.log(em, claimed, connection, result);
      if (result.limit !== undefined) await learn(em, connection.id, result.limit);
      return this.settle(em, claimed, connection, result);
    });
  }

  private async dial(connection: Connection, claimed: ClaimedAttempt, lease: Lease): Promise<DialResult | undefined> {
    try {
      return await this.providers.of(connection.provider).dial(connection, orderOf(claimed), lease);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      this.logger.warn(`call ${claimed.call_id} was not dialed, and is looked up: this process has stood still for too long`);
      return undefined;
    }
  }

  private async settle(em: EntityManager, claimed: ClaimedAttempt, connection: Connection, result: DialResult): Promise<number | undefined> {
    switch (result.kind) {
      case 'accepted':
        await resume(em, connection.id);
        await this.reports.applyTo(em, connection, claimed.id, result.report);
        return undefined;
      case 'no-line':
        return this.waitFor(em, claimed, this.timings.noLineMs * (0.5 + Math.random() / 2));
      case 'slow-down':
        return this.waitFor(em, claimed, result.retryAfterMs ?? this.timings.slowDownMs);
      case 'account':
        this.logger.error(`${connection.provider} refuses the account of connection ${connection.id}, and no call goes out by it: ${result.message}`);
        await pause(em, connection.id, result.message, this.timings.accountMs);
        await this.putBack(em, claimed);
        return this.timings.accountMs;
      case 'refused':
        await this.endWith(em, await this.attempts.endUnmade(em, claimed.id, 'refused'), 'refused', result.message);
        return undefined;
      case 'unknown':
        this.logger.warn(`whether ${connection.provider} has call ${claimed.call_id} is unknown, and is looked up: ${result.message}`);
        await this.attempts.markUnknown(em, claimed.id, this.timings.firstLookUpMs);
        return undefined;
    }
  }

  /** The provider took nothing, and wants to be left alone: nothing is spent, and the call keeps its place. */
  private async waitFor(em: EntityManager, claimed: ClaimedAttempt, ms: number): Promise<number> {
    await block(em, claimed.connection_id, ms);
    await this.putBack(em, claimed);
    return ms;
  }

  private async putBack(em: EntityManager, claimed: ClaimedAttempt): Promise<void> {
    const attempt = await this.attempts.remove(em, claimed.id);
    if (attempt) await this.reports.requeue(em, attempt, attempt.number - 1);
  }

  private async withoutDialing(claimed: ClaimedAttempt, disposition: Disposition): Promise<undefined> {
    await this.dataSource.transaction(async (em) => this.endWith(em, await this.attempts.remove(em, claimed.id), disposition));
  }

  /** Undefined is an attempt of which somebody knew more. */
  private async endWith(em: EntityManager, attempt: AttemptRow | undefined, disposition: Disposition, message?: string): Promise<void> {
    if (attempt) await this.reports.endOf(em, attempt, disposition, message);
  }

  private async log(em: EntityManager, claimed: ClaimedAttempt, connection: Connection, { kind, exchange }: DialResult): Promise<void> {
    await this.activity.record(em, claimed.tenant_id, {
      contactId: claimed.contact_id,
      communicationType: COMMUNICATION_TYPES[connection.provider] ?? connection.provider,
      source: 'api',
      status: kind.toUpperCase().replace('-', '_'),
      request: exchange.request,
      response: exchange.response,
      callId: claimed.call_id,
    });
  }
}

function orderOf(claimed: ClaimedAttempt): DialOrder {
  return {
    tenantId: claimed.tenant_id,
    callId: claimed.call_id,
    attempt: claimed.number,
    from: { number: claimed.from_number, providerId: claimed.from_provider_id },
    to: claimed.to_number,
    customer: { firstName: claimed.first_name, lastName: claimed.last_name, email: claimed.email },
    work: claimed.work,
  };
}
