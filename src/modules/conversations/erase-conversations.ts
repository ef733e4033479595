import { Injectable } from '@nestjs/common';
import { PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';
import { FilesApi } from '../files';

const ERASE = new Statement<{ custom_fields: Record<string, unknown> }>('conversation_erase', 'DELETE FROM conversations WHERE tenant_id = $1 AND contact_id = $2 RETURNING custom_fields');

/** Forgets the conversations with somebody, and the files that their custom fields name. */
@Injectable()
export class EraseConversations {
  constructor(personalData: PersonalData, files: FilesApi) {
    personalData.register('conversations', async (em, erasure) => {
      const conversations = await ERASE.rows(em, [erasure.tenantId, erasure.contactId]);
      erasure.removed('conversations', conversations.length);
      await files.eraseNamed(em, erasure, conversations.map(({ custom_fields: fields }) => fields));
    });
  }
}
