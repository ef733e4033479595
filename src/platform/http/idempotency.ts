import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EntityManager } from 'typeorm';
import { PersonalData, aboutEach } from '../database/personal-data';
import { Retention } from '../database/retention';
import { Statement } from '../database/statement';
import { TenantDb } from '../database/tenant-db';
import { errorBody } from '../errors/error.filter';
import { toApiError } from '../errors/error-mapping';
import { IdempotencyKeyInUse, IdempotencyKeyInvalid, IdempotencyKeyReused } from '../errors/platform.errors';
import type { TenantContext } from '../tenancy/tenant-context';
import { type SubjectKey, subjectsOf } from '../text/subjects';
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
  `INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, subjects, headers, link_paths, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + interval '24 hours')
   ON CONFLICT (tenant_id, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, subjects = excluded.subjects, headers = excluded.headers,
     link_paths = excluded.link_paths, expires_at = excluded.expires_at`,
);

const MOST_ERASED = 1000;
const ERASE = new Statement<{ key: string }>(
  'idempotency_erase',
  `DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key = ANY(ARRAY(SELECT kept.key FROM ${aboutEach('$2', 'idempotency_keys', 'tenant_id, key')} AS kept WHERE kept.tenant_id = $1 LIMIT ${MOST_ERASED})) RETURNING key`,
);

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
    personalData.registerAbout({
      table: 'idempotency_keys',
      erase: async (em, erasure, keys) => {
        const { length } = await ERASE.rows(em, [erasure.tenantId, keys]);
        erasure.removed('idempotency_keys', length);
        return length;
      },
      columns: 'body',
      subjectsOf: ({ body }) => subjectsOfStored(JSON.parse(body as string) as Parameters<typeof subjectsOfStored>[0]),
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
      await KEEP.rows(em, [ctx.tenantId, key, fingerprint, reply.statusCode, json, subjectsOfAnswer(request, answer), addedTo(before, reply.getHeaders()), paths]);
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
    const body = errorBody(refusal, request.id);
    await this.db.write(ctx, async (em) => {
      if (!(await claim(em, ctx, key))) await KEEP.rows(em, [ctx.tenantId, key, fingerprint, refusal.getStatus(), JSON.stringify(body), subjectsOfAnswer(request, body), null, null]);
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

/** What an answer is about: what its route names, what its fields name, and what its texts mention. */
function subjectsOfAnswer(request: FastifyRequest, answer: unknown): SubjectKey[] {
  const [, collection = ''] = /^\/api\/v1\/(?:agent-)?([a-z]+)(?:\/|$)/.exec(request.routeOptions.url ?? '') ?? [];
  // Below a thing it is that thing's: POST /contacts/{id}/notes. Otherwise it is the one that was made: POST /contacts.
  const [named] = Object.values(request.params as Record<string, string>);
  return subjectsOf({ answer, [collection]: [{ id: named ?? (answer as { id?: unknown } | null)?.id }] });
}

/** The same of one of which nobody has kept the route: contacts alone do not name their contact. */
const subjectsOfStored = (answer: { id?: number; addresses?: unknown } | null): SubjectKey[] => subjectsOf({ answer, ...(answer?.addresses !== undefined && { contactId: answer.id }) });

async function claim(em: EntityManager, ctx: TenantContext, key: string): Promise<StoredAnswer | undefined> {
  const lock = await TRY_LOCK.row(em, [ctx.tenantId, key]);
  if (!lock?.locked) throw new IdempotencyKeyInUse();
  return FIND.row(em, [ctx.tenantId, key]);
}
