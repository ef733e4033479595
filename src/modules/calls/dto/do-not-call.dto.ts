import { IsOptional } from 'class-validator';
import { IsText } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import type { DoNotCallEntry } from '../do-not-call-entry.entity';

export class CreateDoNotCallEntryDto {
  /** The number itself is checked by the service, which throws its fault together with those of the shape. */
  static readonly deferFaults = true;

  /** Stored as E.164. @example "+525512345678" */
  @IsText(64)
  number: string;

  @IsOptional()
  @IsText(1000)
  reason?: string | null;

  /** Where it comes from: a list, a call, a person. */
  @IsOptional()
  @IsText()
  source?: string | null;
}

export class DoNotCallEntryDto {
  id: number;
  tenantId: string;
  /** E.164. */
  number: string;
  reason: string | null;
  source: string | null;
  createdAt: Date;

  static from({ id, tenantId, number, reason, source, createdAt }: DoNotCallEntry): DoNotCallEntryDto {
    return { id, tenantId: String(tenantId), number, reason, source, createdAt };
  }
}

export class DoNotCallEntryPageDto extends pageOf(DoNotCallEntryDto) {}
