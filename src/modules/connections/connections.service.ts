import { Injectable } from '@nestjs/common';
import { ChangeNotices } from '../../platform/database/change-notices';
import { TenantDb } from '../../platform/database/tenant-db';
import { takeTurn } from '../../platform/database/turns';
import { Faults } from '../../platform/errors/faults';
import type { Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { publicBaseUrl, withoutSlash } from './base-url';
import { DIAL_TOPIC, type ProviderName, TELLERS } from './connection';
import { ConnectionReader, type ConnectionSettings } from './connection-reader';
import { ConnectionInUse, ConnectionNotFound } from './connections.errors';
import { type ConnectionRow, ConnectionsRepository, type ConnectionValues } from './connections.repository';
import { type Credentials, checkCredentials } from './credentials';
import { ConnectionDto, type SaveConnectionDto } from './dto/connection.dto';


@Injectable()
export class ConnectionsService {
  constructor(
    private readonly db: TenantDb,
    private readonly notices: ChangeNotices,
    private readonly connections: ConnectionsRepository,
    private readonly reader: ConnectionReader,
  ) {}

  /** One of each provider: the tenant's own, else the environment's. */
  async list(ctx: TenantContext): Promise<Page<ConnectionDto>> {
    const rows = await this.db.read(ctx, (em) => this.connections.list(em, ctx));
    return { items: rows.map((row) => this.shown(row)), totalCount: rows.length };
  }

  save(ctx: TenantContext, provider: ProviderName, body: SaveConnectionDto): Promise<ConnectionDto> {
    return this.db.write(ctx, async (em) => {
      // Of two who make it at once, the second changes what the first has made.
      await takeTurn(em, 'connections', ctx.tenantId);
      const own = await this.connections.lockOwn(em, ctx, provider);
      const current = this.reader.settingsOf(own ?? (await this.connections.find(em, ctx.tenantId, provider)));
      const row = await this.connections.saveOwn(em, ctx, provider, this.valuesOf(ctx, body, current, own));
      await this.notices.announce(em, DIAL_TOPIC, row.id);
      return this.shown(row);
    });
  }

  /** Back to the environment's. @returns the connection as it was */
  delete(ctx: TenantContext, provider: ProviderName): Promise<ConnectionDto> {
    return this.db.write(ctx, async (em) => {
      const own = await this.connections.lockOwn(em, ctx, provider);
      if (!own) throw new ConnectionNotFound(provider);
      const { queued, active } = await this.connections.load(em, own.id);
      if (queued + active > 0) throw new ConnectionInUse(queued, active);
      await this.connections.deleteOwn(em, ctx, own.id);
      return this.shown(own);
    });
  }

  private shown(row: ConnectionRow): ConnectionDto {
    return ConnectionDto.from(row, this.reader.settingsOf(row));
  }

  /** The fields given over those there were. @throws ValidationFailed */
  private valuesOf(ctx: TenantContext, body: SaveConnectionDto, current: ConnectionSettings, own: ConnectionRow | undefined): ConnectionValues {
    const { provider } = current;
    const faults = Faults.of(body);
    const credentials = this.credentialsOf(body, current, faults);
    const baseUrl = this.baseUrlOf(body, current, faults);
    faults.throwIfAny();
    const was = own ?? NOTHING_SET;
    return {
      base_url: given(baseUrl, credentials === null ? null : was.base_url),
      credentials: given(credentials && this.reader.sealCredentials(ctx.tenantId, provider, credentials), was.credentials),
      webhook_secret: given(body.webhookSecret && this.reader.sealWebhookSecret(ctx.tenantId, provider, body.webhookSecret), was.webhook_secret),
      concurrency_limit: given(body.concurrencyLimit, was.concurrency_limit),
      // Of another account nothing is known yet.
      learnt_limit: credentials === undefined ? was.learnt_limit : null,
    };
  }

  /** @returns null for the sandbox, undefined where they stay as they are */
  private credentialsOf({ credentials }: SaveConnectionDto, { provider, tenantId, sandbox }: ConnectionSettings, faults: Faults): Credentials | null | undefined {
    if (credentials && !faults.at('credentials')) return checkCredentials(provider, credentials, faults);
    if (credentials === undefined && tenantId === null && !sandbox && !TELLERS.has(provider)) {
      faults.add('credentials', 'REQUIRED_FIELD', 'are required for a connection of your own; null has the sandbox play the provider');
    }
    return credentials === null ? null : undefined;
  }

  /** @returns null for the provider's own, undefined where it stays as it is */
  private baseUrlOf({ baseUrl: text, credentials }: SaveConnectionDto, current: ConnectionSettings, faults: Faults): string | null | undefined {
    if (text === undefined || text === null || faults.at('baseUrl')) return text;
    const given = withoutSlash(text);
    if (given === current.baseUrl) return undefined;
    const baseUrl = this.reader.trustedUrls(current.provider).includes(given) ? given : publicBaseUrl(given);
    if (baseUrl === undefined) faults.add('baseUrl', 'INVALID_VALUE', 'must be an https url of a public host, without user, query and fragment');
    else if (!credentials) faults.add('credentials', 'REQUIRED_FIELD', 'must be sent along with another baseUrl: what is stored is sent nowhere else');
    return baseUrl;
  }
}

const NOTHING_SET: ConnectionValues = { base_url: null, credentials: null, webhook_secret: null, concurrency_limit: null, learnt_limit: null };

const given = <T>(sent: T | undefined, was: T): T => (sent === undefined ? was : sent);
