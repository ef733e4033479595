import { hash, randomInt } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { type Cache, ChangeNotices } from '../../platform/database/change-notices';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import { Unauthorized } from '../../platform/errors/platform.errors';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import { SCOPES } from '../../platform/tenancy/route-access';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ApiKeyNotFound, UnknownScope } from './accounts.errors';
import { ApiKey, type ApiKeyMode } from './api-key.entity';
import { TenantSettings } from './tenant-settings';
import { ApiKeyDto, type CreateApiKeyDto, CreatedApiKeyDto } from './dto/api-key.dto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_CHARACTERS = 32; // 190 bits
const PREFIX_CHARACTERS = 12;
const LAST_USED_EVERY_MS = 60_000;
const TOPIC = 'api-key';

/** Whom a key speaks for. */
export type KeyHolder = Omit<TenantContext, 'requestId' | 'transaction'>;

/** What of it is the key's own, and not the tenant's. */
type Holder = Omit<KeyHolder, 'defaultCountry'>;

interface KeyRow {
  id: number;
  tenant_id: number;
  user_id: number | null;
  scopes: string[];
}

const FIND_KEY = new Statement<KeyRow>(
  'api_key_find',
  'SELECT id, tenant_id, user_id, scopes FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL',
);
const TOUCH_KEY = new Statement('api_key_touch', 'UPDATE api_keys SET last_used_at = now() WHERE tenant_id = $1 AND id = $2');

/** SHA-256 in hex: a key has 190 random bits, so nothing slower is needed. */
const hashOf = (key: string): string => hash('sha256', key, 'hex');

const newKey = (mode: ApiKeyMode): string =>
  `lp_${mode}_${Array.from({ length: RANDOM_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;

const LIST: ListDefinition<ApiKeyRow, ApiKeyDto> = {
  name: 'api-keys',
  from: 'api_keys k',
  columns: 'k.id, k.tenant_id, k.user_id, k.name, k.prefix, k.scopes, k.mode, k.last_used_at, k.created_at',
  tenantColumn: 'k.tenant_id',
  idColumn: 'k.id',
  baseCondition: 'k.revoked_at IS NULL',
  fields: {
    id: { type: 'number', sql: 'k.id' },
    name: { type: 'text', sql: 'k.name' },
    mode: { type: 'text', sql: 'k.mode', oneOf: ['live', 'test'] },
    prefix: { type: 'text', sql: 'k.prefix' },
    createdAt: { type: 'instant', sql: 'k.created_at' },
    lastUsedAt: { type: 'instant', sql: 'k.last_used_at' },
  },
  search: (text, sql) => `fold(k.name) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: (row) =>
    ApiKeyDto.from({
      id: row.id,
      tenantId: row.tenant_id,
      userId: row.user_id,
      name: row.name,
      prefix: row.prefix,
      scopes: row.scopes,
      mode: row.mode,
      lastUsedAt: row.last_used_at,
      createdAt: row.created_at,
    }),
};

interface ApiKeyRow {
  id: number;
  tenant_id: number;
  user_id: number | null;
  name: string;
  prefix: string;
  scopes: string[];
  mode: ApiKeyMode;
  last_used_at: Date | null;
  created_at: Date;
}

@Injectable()
export class ApiKeysService {
  private readonly logger = new Logger(ApiKeysService.name);
  private readonly holders: Cache<Holder>;
  private readonly touched = new Map<number, number>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly notices: ChangeNotices,
    private readonly settings: TenantSettings,
  ) {
    this.holders = notices.cacheOf(TOPIC);
  }

  /** @throws Unauthorized */
  async authenticate(key: string): Promise<KeyHolder> {
    const keyHash = hashOf(key);
    const holder = this.holders.get(keyHash) ?? (await this.holders.through(keyHash, () => this.load(keyHash)));
    this.touch(holder);
    const { country } = await this.settings.of(holder.tenantId);
    return { ...holder, defaultCountry: country };
  }

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<ApiKeyDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  create(ctx: TenantContext, body: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    return this.db.write(ctx, (em) => this.insert(em, ctx.tenantId, body));
  }

  /** @param key a key of the caller's own, instead of a new random one */
  async insert(em: EntityManager, tenantId: number, body: CreateApiKeyDto, key = newKey(body.mode ?? 'live')): Promise<CreatedApiKeyDto> {
    const scopes = [...new Set(body.scopes ?? ['admin'])];
    const unknown = scopes.find((scope) => !SCOPES.includes(scope));
    if (unknown !== undefined) throw new UnknownScope(unknown, SCOPES);
    const row: Partial<ApiKey> = {
      tenantId,
      userId: body.userId ?? null,
      name: body.name,
      prefix: key.slice(0, PREFIX_CHARACTERS),
      keyHash: hashOf(key),
      scopes,
      mode: key.startsWith('lp_test_') ? 'test' : 'live',
    };
    const { generatedMaps } = await em.getRepository(ApiKey).insert(row);
    return CreatedApiKeyDto.withKey({ ...row, lastUsedAt: null, ...generatedMaps[0] } as ApiKey, key);
  }

  async revoke(ctx: TenantContext, id: number): Promise<ApiKeyDto> {
    return this.db.write(ctx, async (em) => {
      const key = await em.getRepository(ApiKey).findOne({ where: { tenantId: ctx.tenantId, id, revokedAt: IsNull() }, select: { keyHash: true, id: true, tenantId: true, userId: true, name: true, prefix: true, scopes: true, mode: true, lastUsedAt: true, createdAt: true } });
      if (!key) throw new ApiKeyNotFound();
      await em.getRepository(ApiKey).update({ tenantId: ctx.tenantId, id }, { revokedAt: new Date() });
      await this.notices.announce(em, TOPIC, key.keyHash);
      return ApiKeyDto.from(key);
    });
  }

  private async load(keyHash: string): Promise<Holder> {
    const row = await FIND_KEY.row(this.dataSource.manager, [keyHash]);
    if (!row) throw new Unauthorized('This API key is unknown or revoked. Make one with: npm run cli -- key create');
    return {
      tenantId: row.tenant_id,
      actor: { keyId: row.id, userId: row.user_id },
      scopes: new Set(row.scopes),
    };
  }

  /** lastUsedAt is right to the minute: a write for every request would cost more than the requests. */
  private touch({ tenantId, actor: { keyId } }: Holder): void {
    const now = Date.now();
    if (keyId === null || now - (this.touched.get(keyId) ?? 0) < LAST_USED_EVERY_MS) return;
    this.touched.set(keyId, now);
    TOUCH_KEY.rows(this.dataSource.manager, [tenantId, keyId]).catch((error: Error) => this.logger.warn(`lastUsedAt was not kept: ${error.message}`));
  }
}
