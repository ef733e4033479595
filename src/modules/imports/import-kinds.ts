import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Rehearsal } from '../../platform/database/rehearsal';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { MergeContacts, RecordHistory } from '../contacts';
import { CreateConversations, FunnelsService } from '../conversations';
import type { ItemLog } from '../operations';
import type { ImportKind, MappingRules } from './column-mapping';

/** What an import was told, checked. */
export interface KindOptions {
  /** Id or name; of conversations. */
  funnel?: string;
  onDuplicate?: OnDuplicate;
}

export type OnDuplicate = 'skip' | 'create' | 'update';

/** What may be done with somebody, or something, that is there already; the first is what is done by itself. */
export const ON_DUPLICATE: Record<ImportKind, readonly OnDuplicate[]> = {
  contacts: ['skip', 'update'],
  conversations: ['skip', 'create'],
  activity: ['skip'],
};

/** How rows of a kind become items, and items rows of tables. */
export interface Loader {
  rules: MappingRules;
  /** @param rehearsal given, nothing is written. @returns a log per item, in order */
  load(em: EntityManager, ctx: TenantContext, items: Record<string, unknown>[], rehearsal?: Rehearsal): Promise<ItemLog[]>;
}

/** The kinds of imports, each by the workflow that requests go through, too. */
@Injectable()
export class ImportKinds {
  constructor(
    private readonly createConversations: CreateConversations,
    private readonly funnels: FunnelsService,
    private readonly mergeContacts: MergeContacts,
    private readonly recordHistory: RecordHistory,
  ) {}

  /** @throws FunnelNotFound */
  async check(ctx: TenantContext, kind: ImportKind, { funnel }: KindOptions): Promise<void> {
    if (kind === 'conversations') await this.funnels.findByIdOrName(ctx, funnel ?? '');
  }

  /** @throws FunnelNotFound */
  loaderOf(ctx: TenantContext, kind: ImportKind, options: KindOptions): Promise<Loader> {
    if (kind === 'contacts') return this.contacts(ctx, options);
    return kind === 'activity' ? this.activity(ctx) : this.conversations(ctx, options);
  }

  private async contacts(ctx: TenantContext, { onDuplicate }: KindOptions): Promise<Loader> {
    const rules = await this.mergeContacts.rulesOf(ctx);
    const options = { onDuplicate: onDuplicate === 'update' ? ('update' as const) : ('skip' as const) };
    return { rules, load: (em, inside, items, rehearsal) => this.mergeContacts.execute(em, inside, items, rules, { ...options, rehearsal }) };
  }

  private async activity(ctx: TenantContext): Promise<Loader> {
    const rules = await this.recordHistory.rulesOf(ctx);
    return { rules, load: (em, inside, items, rehearsal) => this.recordHistory.execute(em, inside, items, rules, rehearsal) };
  }

  private async conversations(ctx: TenantContext, { funnel, onDuplicate }: KindOptions): Promise<Loader> {
    const rules = await this.createConversations.rulesOf(ctx, { fromFile: true });
    const { id, statuses } = await this.funnels.findByIdOrName(ctx, funnel ?? '');
    const byName = new Map(statuses.flatMap((status) => [[String(status.id), status.id], [status.name.toLowerCase(), status.id]]));
    const options = { onDuplicate: onDuplicate === 'create' ? ('create' as const) : ('skip' as const) };
    return {
      rules: { ...rules, statuses: byName },
      load: (em, inside, items, rehearsal) => this.createConversations.execute(em, inside, items.map((item) => ({ ...item, funnelId: id })), rules, { ...options, rehearsal }),
    };
  }
}
