import { Injectable } from '@nestjs/common';
import { PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';
import { subjectKey } from '../../platform/text/subjects';
import { FilesApi } from '../files';

const MOST = 100;
const ERASE = new Statement<{ id: number; custom_fields: Record<string, unknown> }>(
  'conversation_erase',
  `DELETE FROM conversations WHERE tenant_id = $1 AND id = ANY(ARRAY(SELECT id FROM conversations WHERE tenant_id = $1 AND contact_id = $2 LIMIT ${MOST})) RETURNING id, custom_fields`,
);

/** Forgets the conversations with somebody, and the files that their custom fields name. */
@Injectable()
export class EraseConversations {
  constructor(personalData: PersonalData, files: FilesApi) {
    personalData.register('conversations', async (em, erasure) => {
      const conversations = await ERASE.rows(em, [erasure.tenantId, erasure.contactId]);
      erasure.removed('conversations', conversations.length);
      await files.eraseNamed(em, erasure, conversations.map(({ custom_fields: fields }) => fields));
      await personalData.eraseAbout(em, erasure, conversations.map(({ id }) => subjectKey('conversation', id)));
      return conversations.length;
    });
  }
}
