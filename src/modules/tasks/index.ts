/** Tasks: what somebody is to do, and until when. */
export { TasksModule } from './tasks.module';
export { type FollowUp, TasksApi } from './tasks.api';
export { TaskPartyDto } from './dto/task.dto';
export type { PartyType } from './party-type';
