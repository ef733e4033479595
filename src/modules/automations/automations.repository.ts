import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { PartyType } from '../tasks';
import type { Trigger } from './triggers';

/** An automation as a statement gives it; one that was never set has no row. */
export interface AutomationRow {
  trigger: Trigger;
  enabled: boolean;
  assigned_to_type: PartyType | null;
  assigned_to_id: string | null;
  due_in_minutes: number;
  objective: string;
  created_at: string;
  updated_at: string;
}

export type AutomationValues = Omit<AutomationRow, 'trigger' | 'created_at' | 'updated_at'>;

const ALL = new Statement<AutomationRow>('automation_all', 'SELECT * FROM automations WHERE tenant_id = $1');

const SAVE = new Statement<AutomationRow>(
  'automation_save',
  `INSERT INTO automations (tenant_id, trigger, enabled, assigned_to_type, assigned_to_id, due_in_minutes, objective) VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT (tenant_id, trigger) DO UPDATE SET enabled = excluded.enabled, assigned_to_type = excluded.assigned_to_type, assigned_to_id = excluded.assigned_to_id,
     due_in_minutes = excluded.due_in_minutes, objective = excluded.objective, updated_at = now()
   RETURNING *`,
);

@Injectable()
export class AutomationsRepository {
  all(em: EntityManager, tenantId: number): Promise<AutomationRow[]> {
    return ALL.rows(em, [tenantId]);
  }

  async save(em: EntityManager, tenantId: number, trigger: Trigger, values: AutomationValues): Promise<AutomationRow> {
    const { enabled, assigned_to_type, assigned_to_id, due_in_minutes, objective } = values;
    return (await SAVE.row(em, [tenantId, trigger, enabled, assigned_to_type, assigned_to_id, due_in_minutes, objective])) as AutomationRow;
  }
}
