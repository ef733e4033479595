/** The contact's log: each exchange with a provider about a contact, as it was. */
export { ActivityModule } from './activity.module';
export { ActivityApi, type NewActivity, type PastActivity } from './activity.api';
export { ActivityPageDto, ListActivityQueryDto } from './dto/activity.dto';
