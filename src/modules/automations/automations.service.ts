import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Cache, ChangeNotices } from '../../platform/database/change-notices';
import { TenantDb } from '../../platform/database/tenant-db';
import { takeTurn } from '../../platform/database/turns';
import { Faults } from '../../platform/errors/faults';
import type { Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { AccountsApi } from '../accounts';
import type { TaskPartyDto } from '../tasks';
import { AutomationNotFound } from './automations.errors';
import { type AutomationRow, AutomationsRepository } from './automations.repository';
import { AutomationDto, type SaveAutomationDto } from './dto/automation.dto';
import { TRIGGERS, TRIGGER_NAMES, type Trigger } from './triggers';

const TOPIC = 'automations';

type Automations = Map<Trigger, AutomationRow>;

/** What a tenant has follow by itself. Nothing does until somebody turns it on. */
@Injectable()
export class AutomationsService {
  /** Asked for each call that ends. */
  private readonly known: Cache<Automations>;

  constructor(
    private readonly db: TenantDb,
    private readonly notices: ChangeNotices,
    private readonly automations: AutomationsRepository,
    private readonly accounts: AccountsApi,
  ) {
    this.known = notices.cacheOf(TOPIC);
  }

  async list(ctx: TenantContext): Promise<Page<AutomationDto>> {
    const all = await this.db.read(ctx, (em) => this.all(em, ctx.tenantId));
    return { items: TRIGGER_NAMES.map((trigger) => AutomationDto.of(trigger, all.get(trigger))), totalCount: TRIGGER_NAMES.length };
  }

  /** @throws AutomationNotFound */
  async get(ctx: TenantContext, name: string): Promise<AutomationDto> {
    const trigger = triggerOf(name);
    return AutomationDto.of(trigger, (await this.db.read(ctx, (em) => this.all(em, ctx.tenantId))).get(trigger));
  }

  /** @throws AutomationNotFound, ValidationFailed */
  save(ctx: TenantContext, name: string, body: SaveAutomationDto): Promise<AutomationDto> {
    const trigger = triggerOf(name);
    return this.db.write(ctx, async (em) => {
      const faults = Faults.of(body);
      // One that was never set has no row to lock.
      await takeTurn(em, 'automations', ctx.tenantId);
      const current = AutomationDto.of(trigger, (await this.automations.all(em, ctx.tenantId)).find((row) => row.trigger === trigger));
      const { enabled, assignedTo, dueInMinutes } = { ...current, ...definedOf(body) };
      if (enabled && !assignedTo && !faults.at('assignedTo')) faults.add('assignedTo', 'REQUIRED_FIELD', 'is required: who gets the tasks, as {"id": "7", "type": "user"}');
      if (body.assignedTo && !faults.at('assignedTo')) await this.checkParty(em, ctx, body.assignedTo, faults);
      faults.throwIfAny();
      const objective = body.objective === null ? TRIGGERS[trigger].objective : (body.objective ?? current.objective);
      const row = await this.automations.save(em, ctx.tenantId, trigger, { enabled, assigned_to_type: assignedTo?.type ?? null, assigned_to_id: assignedTo?.id ?? null, due_in_minutes: dueInMinutes, objective });
      await this.notices.announce(em, TOPIC, ctx.tenantId);
      return AutomationDto.of(trigger, row);
    });
  }

  /** Undefined where the tenant does not want it. */
  async enabled(em: EntityManager, tenantId: number, trigger: Trigger): Promise<(AutomationDto & { assignedTo: TaskPartyDto }) | undefined> {
    const automation = AutomationDto.of(trigger, (await this.all(em, tenantId)).get(trigger));
    return automation.enabled && automation.assignedTo ? { ...automation, assignedTo: automation.assignedTo } : undefined;
  }

  private all(em: EntityManager, tenantId: number): Promise<Automations> {
    return this.known.through(String(tenantId), async () => new Map((await this.automations.all(em, tenantId)).map((row) => [row.trigger, row])));
  }

  private async checkParty(em: EntityManager, ctx: TenantContext, { id, type }: TaskPartyDto, faults: Faults): Promise<void> {
    const userId = type === 'user' && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
    if (type === 'user' && (userId === undefined || !(await this.accounts.knownUsers(em, ctx, [userId])).has(userId))) {
      faults.add('assignedTo.id', 'INVALID_VALUE', 'is none of your users. See GET /api/v1/users');
    }
  }
}

function triggerOf(name: string): Trigger {
  if (!Object.hasOwn(TRIGGERS, name)) throw new AutomationNotFound(name, TRIGGER_NAMES);
  return name as Trigger;
}

/** null and absent alike leave what there is. */
const definedOf = ({ enabled, assignedTo, dueInMinutes }: SaveAutomationDto): Partial<AutomationDto> =>
  Object.fromEntries(Object.entries({ enabled, assignedTo, dueInMinutes }).filter(([, value]) => value !== undefined && value !== null));
