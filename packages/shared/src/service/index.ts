export * from './log.ts';
export * from './settings.ts';
export * from './settings-or-exit.ts';
export * from './shutdown.ts';
export * from './watchdog.ts';
export * from './garbage-collection.ts';
