import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MissingScope, OtherTenant, Unauthorized } from '../../platform/errors/platform.errors';
import { Idempotency } from '../../platform/http/idempotency';
import { RateLimit } from '../../platform/http/rate-limit';
import { PUBLIC_ROUTE, ROUTE_SCOPE } from '../../platform/tenancy/route-access';
import { ApiKeysService } from './api-keys.service';

/** `Authorization: Bearer <key>` or `X-API-Key: <key>`. */
export function keyOf(headers: FastifyRequest['headers']): string | undefined {
  const own = headers['x-api-key'];
  if (typeof own === 'string' && own !== '') return own;
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** Who asks, whether often enough already, and whether they may. Puts the TenantContext on the request. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  /** What a handler's decorators say, read once a handler. */
  private readonly access = new Map<unknown, { open: boolean; scope: string }>();

  constructor(
    private readonly keys: ApiKeysService,
    private readonly limit: RateLimit,
    private readonly idempotency: Idempotency,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { open, scope } = this.accessOf(context);
    if (open) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const holder = await this.authenticate(request);
    await this.limit.spend(holder.actor.keyId ?? 0, reply);
    if (!holder.scopes.has('admin') && !holder.scopes.has(scope)) throw new MissingScope(scope);
    refuseOtherTenant(request, String(holder.tenantId));
    request.ctx = { ...holder, requestId: request.id, once: this.idempotency.onceFor(request, reply) };
    return true;
  }

  private async authenticate(request: FastifyRequest) {
    const key = keyOf(request.headers);
    if (key === undefined) throw new Unauthorized('Send your API key as Authorization: Bearer <key>, or as X-API-Key: <key>.');
    try {
      return await this.keys.authenticate(key);
    } catch (error) {
      if (error instanceof Unauthorized) return this.limit.refuse(request.ip, error);
      throw error;
    }
  }

  private accessOf(context: ExecutionContext) {
    const handler = context.getHandler();
    let access = this.access.get(handler);
    if (!access) {
      const targets = [handler, context.getClass()];
      const open = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, targets) ?? false;
      // A route that names no scope is open to nobody but admins: forgetting it must not open it.
      access = { open, scope: this.reflector.getAllAndOverride<string | undefined>(ROUTE_SCOPE, targets) ?? 'admin' };
      this.access.set(handler, access);
    }
    return access;
  }
}

function refuseOtherTenant(request: FastifyRequest, own: string): void {
  for (const part of [request.query, request.body]) {
    const named = (part as { tenantId?: unknown } | null | undefined)?.tenantId;
    if (named !== undefined && named !== null && named !== own && named !== Number(own)) throw new OtherTenant();
  }
}
