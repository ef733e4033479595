/** Who can make a task, or be given one (contract, TaskParty). */
export const PARTY_TYPES = ['user', 'ai_employee'] as const;
export type PartyType = (typeof PARTY_TYPES)[number];
