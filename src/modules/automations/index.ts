/** What follows by itself: tasks that calls and messages open. */
export { AutomationsModule } from './automations.module';
