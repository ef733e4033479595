import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import { ValidationFailed } from '../../platform/errors/platform.errors';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { AccountsApi, UserNotFound } from '../accounts';
import { RecordingsApi } from '../recordings';
import { CallsService, directionOf } from './calls.service';
import type { LoadRecordingDto } from './dto/call.dto';

/** A recording from elsewhere, fetched in the background; with it the call, where the request says whose it was. */
@Injectable()
export class LoadRecording {
  constructor(
    private readonly db: TenantDb,
    private readonly accounts: AccountsApi,
    private readonly recordings: RecordingsApi,
    private readonly calls: CallsService,
  ) {}

  /** The same url twice is the same recording, and makes no second call. @returns the recording's id. @throws ValidationFailed, UserNotFound */
  execute(ctx: TenantContext, body: LoadRecordingDto): Promise<number> {
    if (!isHttpUrl(body.url)) throw new ValidationFailed([{ path: 'url', code: 'INVALID_FORMAT', message: 'must be an http or https url' }]);
    return this.db.write(ctx, async (em) => {
      if (!(await this.accounts.knownUsers(em, ctx, [body.userId])).has(body.userId)) throw new UserNotFound();
      const known = await this.recordings.findByUrl(em, ctx, body.url);
      if (known !== undefined) return known;
      const call = body.callFrom && body.callTo ? await this.calls.create({ ...ctx, transaction: em }, callOf(body, body.callFrom, body.callTo)) : undefined;
      return this.recordings.load(em, ctx, { userId: body.userId, url: body.url, callId: call?.id, startTime: body.callStartTime });
    });
  }
}

const callOf = (body: LoadRecordingDto, from: string, to: string) => ({
  status: 'completed',
  userId: body.userId,
  metadata: null,
  from,
  to,
  duration: null,
  direction: directionOf(body.callDirection ?? 'outgoing'),
  startTime: body.callStartTime ?? new Date().toISOString(),
});

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
