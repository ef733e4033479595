import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EntityManager } from 'typeorm';
import { PersonalData } from '../database/personal-data';
import { Retention } from '../database/retention';
import { Statement } from '../database/statement';
import { TenantDb } from '../database/tenant-db';
import { errorBody } from '../errors/error.filter';
import { toApiError } from '../errors/error-mapping';
import { IdempotencyKeyInUse, IdempotencyKeyInvalid, IdempotencyKeyReused } from '../errors/platform.errors';
import type { TenantContext } from '../tenancy/tenant-context';
import { SignedLinks } from './signed-links';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A POST that waits for a provider's answer: no transaction may be open meanwhile, so that it may be done twice, without harm. */
    asksProvider?: boolean;
  }
}

interface StoredAnswer {
  fingerprint: string;
  status: number;
  body: string;
  /** Those that the handler set, as Location; null where it set none. */
  headers: Record<string, string> | null;
  /** Of the links that were taken out of the body. */
  link_paths: Record<string, string> | null;
}

const TRY_LOCK = new Statement<{ locked: boolean }>('idempotency_lock', `SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS locked`);
const FIND = new Statement<StoredAnswer>(
  'idempotency_find',
  `SELECT fingerprint, status, body, headers, link_paths FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 AND expires_at > now()`,
);
const KEEP = new Statement(
  'idempotency_keep',
  `INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, headers, link_paths, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, now() + interval '24 hours')
   ON CONFLICT (tenant_id, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, headers = excluded.headers,
     link_paths = excluded.link_paths, expires_at = excluded.expires_at`,
);

const ERASE = new Statement<{ key: string }>('idempotency_erase', 'DELETE FROM idempotency_keys WHERE tenant_id = $1 AND (body ~* ANY($2::text[]) OR body LIKE ANY($3::text[])) RETURNING key');

const UNANSWERED = Symbol('unanswered');

type Work<T> = (ctx: TenantContext) => Promise<T>;

type Headers = ReturnType<FastifyReply['getHeaders']>;

/** What a handler answers. Its secrets are shown once: what is kept has null in their place. */
interface Handled<T> {
  work: Work<T>;
  secrets: readonly string[];
}

/**
 * Idempotency-Key on every POST. The request runs inside one transaction that holds an advisory lock on the key and
 * commits the effect and the answer together: a crash leaves neither, and frees the lock by itself. A route that asks a
 * provider runs between two of them, one that looks for an answer and one that keeps it.
 *
 * What is kept holds nothing that opens anything: null stands for each secret, and links are signed anew when it is given again.
 */
@Injectable()
export class Idempotency {
  constructor(
    private readonly db: TenantDb,
    private readonly links: SignedLinks,
    retention: Retention,
    personalData: PersonalData,
  ) {
    retention.register({ table: 'idempotency_keys', expired: 'expires_at < now()' });
    personalData.register('mentions', async (em, erasure) => {
      // An answer about the contact names its id, if nothing else: alone, as its calls and messages do, or first of all.
      const ids = [`%"contactId":${erasure.contactId},%`, `%"contactId":${erasure.contactId}}%`, `{"id":${erasure.contactId},"tenantId":"${erasure.tenantId}","providerId"%`];
      erasure.removed('idempotency_keys', (await ERASE.rows(em, [erasure.tenantId, erasure.patterns, ids])).length);
    });
  }

  /** How a POST with an Idempotency-Key runs its handler; undefined for any other request. @throws IdempotencyKeyInvalid */
  onceFor(request: FastifyRequest, reply: FastifyReply): TenantContext['once'] {
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
    if (key === undefined) return undefined;
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) throw new IdempotencyKeyInvalid();
    return (ctx, work, secrets) => this.once(request, reply, ctx, key, { work, secrets });
  }

  private async once<T>(request: FastifyRequest, reply: FastifyReply, ctx: TenantContext, key: string, { work, secrets }: Handled<T>): Promise<T> {
    const fingerprint = createHash('sha256').update(`${request.url}\n${JSON.stringify(request.body ?? null)}`).digest('hex');
    const inClaim = <R>(otherwise: (em: EntityManager) => Promise<R>): Promise<R | T> =>
      this.db.write(ctx, async (em) => {
        const stored = await claim(em, ctx, key);
        return stored ? (this.replay(stored, fingerprint, request, reply, ctx) as T) : otherwise(em);
      });
    const before = reply.getHeaders();
    const keep = async (em: EntityManager, answer: T): Promise<T> => {
      const { json, paths } = this.links.takeOut(ctx.tenantId, JSON.stringify(withoutSecrets(answer, secrets)));
      await KEEP.rows(em, [ctx.tenantId, key, fingerprint, reply.statusCode, json, addedTo(before, reply.getHeaders()), paths]);
      return answer;
    };
    try {
      if (!request.routeOptions.config.asksProvider) return await inClaim(async (em) => keep(em, await work({ ...ctx, transaction: em })));
      const given = await inClaim(async (): Promise<typeof UNANSWERED> => UNANSWERED);
      if (given !== UNANSWERED) return given;
      const answer = await work(ctx);
      return await inClaim((em) => keep(em, answer));
    } catch (error) {
      await this.keepFinalError(error, request, ctx, key, fingerprint);
      throw error;
    }
  }

  private replay(stored: StoredAnswer, fingerprint: string, request: FastifyRequest, reply: FastifyReply, { tenantId }: TenantContext): unknown {
    if (stored.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    void reply.status(stored.status).headers({ ...stored.headers, 'Idempotency-Replayed': 'true' });
    const answer = JSON.parse(this.links.putIn(tenantId, { json: stored.body, paths: stored.link_paths })) as ReturnType<typeof errorBody>;
    // A refusal names the request that it answers: this one.
    return stored.status < 400 ? answer : { ...answer, details: { ...answer.details, requestId: request.id } };
  }

  /** A refusal is final and is given again; what may pass by itself may be tried again. */
  private async keepFinalError(error: unknown, request: FastifyRequest, ctx: TenantContext, key: string, fingerprint: string): Promise<void> {
    const refusal = toApiError(error, request);
    if (refusal.isTransient) return;
    const body = JSON.stringify(errorBody(refusal, request.id));
    await this.db.write(ctx, async (em) => {
      if (!(await claim(em, ctx, key))) await KEEP.rows(em, [ctx.tenantId, key, fingerprint, refusal.getStatus(), body, null, null]);
    });
  }
}

function withoutSecrets(answer: unknown, secrets: readonly string[]): unknown {
  return secrets.length === 0 ? (answer ?? null) : { ...(answer as object), ...Object.fromEntries(secrets.map((name) => [name, null])) };
}

/** Headers that the handler has set. */
function addedTo(before: Headers, after: Headers): Headers | null {
  const added = Object.entries(after).filter(([name]) => !(name in before));
  return added.length === 0 ? null : (Object.fromEntries(added) as Headers);
}

async function claim(em: EntityManager, ctx: TenantContext, key: string): Promise<StoredAnswer | undefined> {
  const lock = await TRY_LOCK.row(em, [ctx.tenantId, key]);
  if (!lock?.locked) throw new IdempotencyKeyInUse();
  return FIND.row(em, [ctx.tenantId, key]);
}
