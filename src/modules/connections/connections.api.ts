import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { isId } from '../../platform/text/ids';
import type { Connection, ProviderName } from './connection';
import { ConnectionReader } from './connection-reader';
import { ConnectionDisputed } from './connections.errors';
import { ConnectionsRepository } from './connections.repository';

/** What other modules may ask of connections. */
@Injectable()
export class ConnectionsApi {
  constructor(
    private readonly dataSource: DataSource,
    private readonly connections: ConnectionsRepository,
    private readonly reader: ConnectionReader,
  ) {}

  /** The tenant's own, else the environment's. */
  async of(em: EntityManager, ctx: TenantContext, provider: ProviderName): Promise<Connection> {
    return this.reader.read(await this.connections.find(em, ctx.tenantId, provider));
  }

  /**
   * Whosever it is: to ask the provider for what a connection was chosen for already. Undefined where it was deleted since.
   * @throws ConnectionDisputed
   */
  async byId(em: EntityManager, id: number): Promise<Connection | undefined> {
    const row = await this.connections.get(em, id);
    const dispute = row && this.reader.disputeOf(row);
    if (dispute) throw new ConnectionDisputed(dispute);
    return row && this.reader.read(row);
  }

  /** The same, for what the provider has told already: nobody is asked. */
  async ofWebhook(em: EntityManager, id: number): Promise<Connection | undefined> {
    const row = await this.connections.get(em, id);
    return row && this.reader.read(row);
  }

  /** Whether the provider must not be asked now, since other processes were given another account. @param tenantId null for the environment's */
  isDisputed(tenantId: number | null, provider: ProviderName): boolean {
    return this.reader.disputeOf({ tenant_id: tenantId, provider }) !== undefined;
  }

  /** The environment's accounts, a line each. */
  describe(): string[] {
    return this.reader.describe();
  }

  /** The one that a webhook was sent to, by its url: `/webhooks/<provider>` is the environment's, `/webhooks/<provider>/<id>` a tenant's own. */
  async forWebhook(provider: ProviderName, connectionId?: number): Promise<Connection | undefined> {
    const em = this.dataSource.manager;
    if (connectionId === undefined) return this.reader.read(await this.connections.find(em, null, provider));
    const connection = isId(connectionId) ? await this.ofWebhook(em, connectionId) : undefined;
    return connection?.provider === provider && connection.tenantId !== null ? connection : undefined;
  }
}
