import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Secrets } from '../../platform/config/secrets';
import { ChangeNotices } from '../../platform/database/change-notices';
import { Statement } from '../../platform/database/statement';
import { Events } from '../../platform/events/events';
import { Outbox } from '../../platform/queue/outbox';
import { subjectKey } from '../../platform/text/subjects';
import { type Connection, DIAL_TOPIC, type WebhookSubject } from '../connections';
import { RecordingsApi } from '../recordings';
import { type AttemptRow, AttemptsRepository } from './attempts.repository';
import type { CallReport } from './call-provider';
import { CallProviders } from './call-providers';
import { CALL_ENDED } from './calls.api';
import { type CallRow, callColumns } from './calls.repository';
import { DialerTimings } from './dialer-timings';
import { DISPOSITIONS, type Disposition } from './dispositions';
import { HANG_UP } from './hang-up';
import { block } from './line-state';
import { type CallState, isTerminal, mergeReport, withNotes } from './merge-report';

export type LockedCall = CallRow & { cancel_requested_at: string | null; control_url: string | null };

const LOCK_CALL = new Statement<LockedCall>(
  'call_lock',
  `SELECT ${callColumns('c')}, c.cancel_requested_at, c.control_url FROM calls c WHERE c.tenant_id = $1 AND c.id = $2 FOR NO KEY UPDATE`,
);

const SAVE_CALL = new Statement(
  'call_save',
  `UPDATE calls SET status = $3, disposition = $4, provider_id = $5, duration = $6, start_time = $7, answered_at = $8, ended_at = $9,
     redirected_to = $10, metadata = $11, control_url = coalesce($12, control_url), last_update_sequence = last_update_sequence + 1, updated_at = now()
   WHERE tenant_id = $1 AND id = $2`,
);

/** The one way in which what a provider says of a call changes it: answers to a dial, webhooks and polls, in any order, any number of times. */
@Injectable()
export class CallReports {
  private readonly logger = new Logger(CallReports.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: Secrets,
    private readonly notices: ChangeNotices,
    private readonly outbox: Outbox,
    private readonly recordings: RecordingsApi,
    private readonly attempts: AttemptsRepository,
    private readonly providers: CallProviders,
    private readonly timings: DialerTimings,
    private readonly events: Events,
  ) {}

  /** Calls that this server did not dial are left alone. @returns which of ours it is about; undefined where it is about none, or none any more */
  apply(connection: Connection, report: CallReport): Promise<WebhookSubject | undefined> {
    return this.dataSource.transaction(async (em) => {
      const attempt = await this.attempts.find(em, connection.id, report);
      if (!attempt) this.logger.debug(`${connection.provider} tells of a call that was not dialed here: ${report.providerId}`);
      return attempt && (await this.applyTo(em, connection, attempt.id, report)) ? subjectOf(attempt) : undefined;
    });
  }

  /** Which of our calls a provider's id is of, for what tells nothing to act upon. */
  async about(connection: Connection, providerId: string): Promise<WebhookSubject | undefined> {
    const attempt = await this.attempts.find(this.dataSource.manager, connection.id, { providerId });
    return attempt && subjectOf(attempt);
  }

  /** The same for an attempt that is known, in the caller's transaction. @returns false where the call has been deleted meanwhile */
  async applyTo(em: EntityManager, connection: Connection, attemptId: number, report: CallReport): Promise<boolean> {
    const attempt = await this.attempts.lock(em, attemptId);
    const call = attempt && (await this.lockCall(em, attempt.tenant_id, attempt.call_id));
    if (!attempt || !call) return false;
    if (report.disposition === 'no-line' && !isTerminal(call.status)) {
      await this.takeBack(em, attempt, report);
      return true;
    }
    await this.follow(em, connection, attempt, report);
    await this.attempts.unqueue(em, attempt);
    await this.save(em, call, mergeReport(call, report), report.controlUrl);
    await this.keepMedia(em, connection, call, report);
    const unwanted = call.cancel_requested_at !== null || call.status === 'canceled';
    if (unwanted && report.phase !== 'ended' && attempt.state !== 'live') {
      await this.outbox.record(em, call.tenant_id, HANG_UP, { callId: call.id });
    }
    return true;
  }

  lockCall(em: EntityManager, tenantId: number, callId: number): Promise<LockedCall | undefined> {
    return LOCK_CALL.row(em, [tenantId, callId]);
  }

  /** Ends a call that no provider will report on. */
  async end(em: EntityManager, call: LockedCall, disposition: Disposition, message?: string): Promise<void> {
    if (isTerminal(call.status)) return;
    const metadata = message === undefined ? call.metadata : withNotes(call.metadata, { message });
    await this.save(em, call, { ...call, status: DISPOSITIONS[disposition].status, disposition, ended_at: new Date().toISOString(), metadata });
  }

  /** Back to its place in the queue, unless somebody has canceled it meanwhile. @param attempt that holds its line no longer @param spent attempts */
  async requeue(em: EntityManager, attempt: AttemptRow, spent: number): Promise<void> {
    const call = await this.lockUnmade(em, attempt);
    if (call?.cancel_requested_at) await this.end(em, call, 'canceled');
    else if (call) await this.attempts.requeue(em, attempt, spent);
    await this.announceFree(em, attempt.connection_id);
  }

  /** Ends the call of an attempt that holds its line no longer. */
  async endOf(em: EntityManager, attempt: AttemptRow, disposition: Disposition, message?: string): Promise<void> {
    const call = await this.lockUnmade(em, attempt);
    if (call) await this.end(em, call, disposition, message);
    await this.announceFree(em, attempt.connection_id);
  }

  /** Undefined for a call that has ended, or that is made by another attempt: of that one's end its provider tells. */
  private async lockUnmade(em: EntityManager, { tenant_id, call_id }: AttemptRow): Promise<LockedCall | undefined> {
    const call = await this.lockCall(em, tenant_id, call_id);
    return call && !isTerminal(call.status) && !(await this.attempts.isHeld(em, tenant_id, call_id)) ? call : undefined;
  }

  /** The provider took the call and then had no line for it after all (Vapi: error-subscription-concurrency-limit-reached): it waits on. */
  private async takeBack(em: EntityManager, attempt: AttemptRow, { providerId }: CallReport): Promise<void> {
    if (attempt.state === 'over') return; // told before
    await this.attempts.save(em, { ...attempt, state: 'over', provider_id: providerId }, true, 'no-line');
    await block(em, attempt.connection_id, this.timings.noLineMs);
    await this.requeue(em, attempt, attempt.number);
  }

  /** A line has come free. */
  announceFree(em: EntityManager, connectionId: number): Promise<void> {
    return this.notices.announce(em, DIAL_TOPIC, connectionId);
  }

  /** The attempt, and with it the line. */
  private async follow(em: EntityManager, connection: Connection, attempt: AttemptRow, report: CallReport): Promise<void> {
    const ended = report.phase === 'ended';
    const freed = ended && attempt.released_at === null;
    const first = attempt.state === 'dialing' || attempt.state === 'unknown';
    // One that was given up as never made, and now turns out to exist, holds a line after all, until it ends.
    const found = attempt.state === 'over' && attempt.provider_id === null;
    const { poll } = this.providers.of(connection.provider);
    const next = {
      ...attempt,
      state: report.complete ? ('over' as const) : first || found ? ('live' as const) : attempt.state,
      provider_id: report.providerId,
      accepted_at: new Date().toISOString(),
    };
    const released = ended || (attempt.released_at !== null && !found);
    const checkInMs = freed ? this.timings.reportMs : first || found ? poll.firstMs : undefined;
    await this.attempts.save(em, next, released, report.complete ? (report.providerReason ?? report.providerStatus ?? null) : null, checkInMs);
    if (freed) await this.announceFree(em, connection.id);
  }

  private async save(em: EntityManager, call: LockedCall, next: CallState, controlUrl?: string): Promise<void> {
    const changed = (Object.keys(next) as (keyof CallState)[]).some((key) => !isDeepStrictEqual(next[key], call[key]));
    if (!changed && (controlUrl === undefined || call.control_url !== null)) return;
    const sealed = controlUrl === undefined ? null : this.secrets.seal(`calls.control_url ${call.id}`, controlUrl);
    const { status, disposition, provider_id, duration, start_time, answered_at, ended_at, redirected_to, metadata } = next;
    await SAVE_CALL.rows(em, [
      call.tenant_id,
      call.id,
      status,
      disposition,
      provider_id,
      duration,
      start_time,
      answered_at,
      ended_at,
      redirected_to,
      JSON.stringify(metadata),
      sealed,
    ]);
    if (isTerminal(status) && !isTerminal(call.status)) await this.events.record(em, call.tenant_id, CALL_ENDED, { callId: call.id });
  }

  private async keepMedia(em: EntityManager, connection: Connection, call: LockedCall, report: CallReport): Promise<void> {
    const whose = { callId: call.id, providerName: connection.provider };
    if (report.recording) {
      const { url, providerId, ...details } = report.recording;
      await this.recordings.record(em, call.tenant_id, { ...whose, connectionId: connection.id, url, providerId, callProviderId: report.providerId, ...details });
    }
    if (report.transcription?.text) {
      await this.recordings.saveTranscription(em, call.tenant_id, { ...whose, providerId: report.providerId, ...report.transcription });
    }
  }
}

const subjectOf = ({ tenant_id: tenantId, call_id: callId }: AttemptRow): WebhookSubject => ({ tenantId, subjects: [subjectKey('call', callId)] });
