import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, firstValueFrom, from } from 'rxjs';
import type { EntityManager } from 'typeorm';
import { Retention } from '../database/retention';
import { Statement } from '../database/statement';
import { TenantDb } from '../database/tenant-db';
import { errorBody } from '../errors/error.filter';
import { toApiError } from '../errors/error-mapping';
import { IdempotencyKeyInUse, IdempotencyKeyInvalid, IdempotencyKeyReused } from '../errors/platform.errors';
import type { TenantContext } from '../tenancy/tenant-context';

interface StoredAnswer {
  fingerprint: string;
  status: number;
  body: string;
}

const TRY_LOCK = new Statement<{ locked: boolean }>('idempotency_lock', `SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS locked`);
const FIND = new Statement<StoredAnswer>(
  'idempotency_find',
  `SELECT fingerprint, status, body FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 AND expires_at > now()`,
);
const KEEP = new Statement(
  'idempotency_keep',
  `INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, expires_at)
   VALUES ($1, $2, $3, $4, $5, now() + interval '24 hours')
   ON CONFLICT (tenant_id, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, expires_at = excluded.expires_at`,
);

/**
 * Idempotency-Key on every POST. The request runs inside one transaction that holds an advisory lock on the key and
 * commits the effect and the answer together: a crash leaves neither, and frees the lock by itself.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly db: TenantDb,
    retention: Retention,
  ) {
    retention.register({ table: 'idempotency_keys', expired: 'expires_at < now()' });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
    if (key === undefined || !request.ctx) return next.handle();
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) throw new IdempotencyKeyInvalid();
    return from(this.once(request, http.getResponse<FastifyReply>(), request.ctx, key, next));
  }

  private async once(request: FastifyRequest, reply: FastifyReply, ctx: TenantContext, key: string, next: CallHandler): Promise<unknown> {
    const fingerprint = createHash('sha256').update(`${request.url}\n${JSON.stringify(request.body ?? null)}`).digest('hex');
    try {
      return await this.db.write(ctx, async (em) => {
        const stored = await claim(em, ctx, key);
        if (stored) return replay(stored, fingerprint, request, reply);
        request.ctx = { ...ctx, transaction: em };
        const answer: unknown = await firstValueFrom(next.handle());
        await KEEP.rows(em, [ctx.tenantId, key, fingerprint, reply.statusCode, JSON.stringify(answer ?? null)]);
        return answer;
      });
    } catch (error) {
      await this.keepFinalError(error, request, ctx, key, fingerprint);
      throw error;
    } finally {
      request.ctx = ctx;
    }
  }

  /** A refusal is final and is given again; what failed on our side may be tried again. */
  private async keepFinalError(error: unknown, request: FastifyRequest, ctx: TenantContext, key: string, fingerprint: string): Promise<void> {
    if (error instanceof IdempotencyKeyInUse || error instanceof IdempotencyKeyReused) return;
    const refusal = toApiError(error, request);
    if (refusal.getStatus() >= 500) return;
    const body = JSON.stringify(errorBody(refusal, request.id));
    await this.db.write(ctx, async (em) => {
      if (!(await claim(em, ctx, key))) await KEEP.rows(em, [ctx.tenantId, key, fingerprint, refusal.getStatus(), body]);
    });
  }
}

function replay(stored: StoredAnswer, fingerprint: string, request: FastifyRequest, reply: FastifyReply): unknown {
  if (stored.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
  void reply.status(stored.status).header('Idempotency-Replayed', 'true');
  const answer = JSON.parse(stored.body) as ReturnType<typeof errorBody>;
  // A refusal names the request that it answers: this one.
  return stored.status < 400 ? answer : { ...answer, details: { ...answer.details, requestId: request.id } };
}

async function claim(em: EntityManager, ctx: TenantContext, key: string): Promise<StoredAnswer | undefined> {
  const lock = await TRY_LOCK.row(em, [ctx.tenantId, key]);
  if (!lock?.locked) throw new IdempotencyKeyInUse();
  return FIND.row(em, [ctx.tenantId, key]);
}
